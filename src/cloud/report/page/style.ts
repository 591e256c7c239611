/** The page's only style sheet. Colours are named by meaning; each pair of ink and ground keeps a contrast of at least 4.5 to 1, light and dark. */
export const STYLE = `
:root{color-scheme:light dark;
--page:#fcfcfa;--ink:#1d1f21;--soft:#5a5f63;--line:#dcdedb;--ground:#f1f2ef;--link:#175cae;
--person:#b3261e;--failing:#8a5300;--running:#175cae;--cancelled:#5b6064;--good:#17703f;--planned:#5a48b0;--skipped:#6a6f73;
--failed-job:#8b9195;--hatch:#e9b8b2}
@media (prefers-color-scheme:dark){:root{
--page:#15171a;--ink:#e6e8ea;--soft:#a3a9ae;--line:#33383d;--ground:#1e2125;--link:#8ab8f5;
--person:#ff8f85;--failing:#efb65c;--running:#8ab8f5;--cancelled:#a8aeb3;--good:#69cf95;--planned:#b6a8ff;--skipped:#979da2;
--failed-job:#83898e;--hatch:#7a3a35}}
*{box-sizing:border-box}
[hidden]{display:none!important}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
main,header,footer{max-width:72rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2.5rem}
header p{margin:0;color:var(--soft)}
h1{font-size:1.75rem;line-height:1.2;font-weight:650;letter-spacing:-.012em;margin:.15rem 0 .6rem}
h2{font-size:1.2rem;line-height:1.3;font-weight:650;margin:0 0 .75rem}
h3{font-size:1rem;line-height:1.4;font-weight:650;margin:1.5rem 0 .5rem}
section{margin:2.75rem 0 0}
p{margin:0 0 .6rem}
a{color:var(--link)}
code{font:.86em/1.45 ui-monospace,"SF Mono",Menlo,Consolas,"Noto Sans Mono",monospace}
small{font-size:.8125rem;color:var(--soft);font-weight:400}
q{quotes:"“" "”"}
.about,.more,.why{color:var(--soft);font-size:.9375rem}
.limit{color:var(--person)}
.differs{font-weight:600}
.n{text-align:right;font-variant-numeric:tabular-nums}
h3 .n{color:var(--soft);font-weight:400}
.none{color:var(--soft)}
.signs{position:absolute}
.sign{width:.75em;height:.75em;flex:none}
.c-needs-person{color:var(--person)}.c-failing{color:var(--failing)}.c-running{color:var(--running)}.c-cancelled{color:var(--cancelled)}
.c-recovered{color:var(--good)}.c-planned{color:var(--planned)}.c-skipped{color:var(--skipped)}
header .state{display:inline-block;margin:0 .6rem .35rem 0;padding:.1rem .65rem;border:1px solid;border-radius:1rem;font-size:.875rem;font-weight:600}
.state.good{color:var(--good)}.state.attention{color:var(--person)}.state.bad{background:var(--person);border-color:var(--person);color:var(--page)}
.dry{margin:1.5rem 0 0;padding:.7rem 1rem;border:1px dashed var(--planned);border-radius:.4rem;color:var(--ink)}
.dry b{color:var(--planned)}
.actions{list-style:none;margin:0;padding:0;border-bottom:1px solid var(--line)}
.entry{padding:1rem 0 .9rem 1.1rem;border-top:1px solid var(--line);position:relative}
.entry::before{content:"";position:absolute;left:0;top:1.1rem;bottom:1.1rem;width:3px;border-radius:2px;background:var(--failing)}
.t-bad::before,.t-act::before{background:var(--person)}
.entry h3{margin:0 0 .25rem;max-width:52rem}
.advice{max-width:52rem;margin:.5rem 0}
.entry p{margin:0 0 .35rem;max-width:52rem}
.places{margin:.5rem 0 0;display:grid;gap:.3rem}
.places>div{display:grid;grid-template-columns:11rem 1fr;gap:.2rem 1rem}
.places dt{color:var(--soft);font-size:.9375rem}
.places dd{margin:0}
.it{display:inline-block;margin-right:1.4rem}
.plain{margin:.4rem 0;padding-left:1.1rem}
.calm{font-size:1.0625rem}
.verdict{font-size:1.25rem;line-height:1.4;max-width:50rem;margin-bottom:1rem}
.bar{display:block;width:100%;height:10px;margin:0 0 .9rem}
.counts{list-style:none;margin:0 0 1rem;padding:0;display:flex;flex-wrap:wrap;gap:.6rem 2.2rem}
.counts a{display:block;color:inherit;text-decoration:none}
.counts a:hover span{text-decoration:underline}
.counts b{display:block;font-size:1.6rem;line-height:1.15;font-weight:600;font-variant-numeric:tabular-nums}
.counts span{color:var(--soft);font-size:.9375rem;white-space:nowrap}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
th,td{text-align:left;vertical-align:top;padding:.5rem 1rem .5rem 0;border-bottom:1px solid var(--line);font-weight:400}
th:last-child,td:last-child{padding-right:0}
th.n,td.n{text-align:right}
thead th{overflow-wrap:normal;color:var(--soft);font-size:.8125rem;border-bottom-color:var(--soft)}
tbody th{font-weight:600}
tbody th small{display:block}
td p{margin:0 0 .15rem}
td .about{font-size:.875rem}
.tag{display:inline-block;font-style:normal;font-size:.8125rem;color:var(--failing)}
.items{table-layout:fixed}
.w-item{width:24%}.w-code{width:21%}.w-n{width:5.2rem}
.items td.n,.items thead .w-n{padding-right:1.6rem;text-align:right}
.attempts{margin:.35rem 0 .2rem;padding-left:1.3rem;font-size:.875rem}
.attempts li{margin:.1rem 0}
.attempts li::marker{color:var(--soft)}
details.fold{margin-top:1.25rem}
details.group{margin:0 0 1.25rem;content-visibility:auto;contain-intrinsic-size:auto 20rem}
summary{cursor:pointer;padding:.3rem 0}
summary h3{display:inline;margin:0}
summary::marker{color:var(--soft)}
#filter{margin:0 0 1rem;font-size:.9375rem;color:var(--soft)}
#filter p{display:flex;gap:.5rem 1.2rem;align-items:baseline;flex-wrap:wrap;margin:0 0 .5rem}
.pick{display:inline-flex;gap:.4rem;align-items:baseline}
input,select,button{font:inherit;color:var(--ink);background:var(--page);border:1px solid var(--soft);border-radius:.3rem;padding:.2rem .5rem;max-width:100%}
input{min-width:16rem}
select{max-width:15rem}
button{cursor:pointer;color:var(--link);border-color:var(--line)}
button:hover{border-color:var(--link)}
button.rest{margin:.6rem 0 0}
.matrix th,.matrix td{white-space:nowrap}
h2 .n{color:var(--soft);font-weight:400}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.scroll{overflow-x:auto}
.facts{margin:0;display:grid;gap:.35rem}
.facts>div{display:grid;grid-template-columns:9rem 1fr;gap:.1rem 1rem}
.facts dt{color:var(--soft)}
.facts dd{margin:0}
.timeline{display:block;width:100%;min-width:54rem;height:auto}
.timeline text{font-family:inherit;font-size:12.5px;fill:var(--ink);unicode-bidi:isolate}
.timeline .axis,.timeline .axis-title{font-size:11.5px;fill:var(--soft);font-variant-numeric:tabular-nums}
.panel{fill:var(--ground);opacity:.6}
.tick{stroke:var(--line);stroke-width:1}
.hit{fill:transparent}
.timeline g:hover>.hit{fill:var(--ground)}
.job-failed{stroke:var(--failed-job);stroke-width:1.8;fill:none}
.wait{stroke:var(--soft);stroke-width:1.4;stroke-dasharray:1.5 4;stroke-linecap:round;fill:none}
.trigger{fill:var(--ink);stroke:var(--page);stroke-width:1}
.adopted{fill:var(--page);stroke:var(--ink);stroke-width:1.3}
.refused{fill:var(--page);stroke:var(--failing);stroke-width:1.8}
.bar-good{fill:var(--good)}
.bar-bad{fill:url(#hatch);stroke:var(--person);stroke-width:1}
.bar-cut{fill:var(--line);stroke:var(--cancelled);stroke-width:1}
.bar-open{fill:none;stroke:var(--running);stroke-width:1.6;stroke-dasharray:4 2}
.hatch-back{fill:var(--page)}.hatch-line{fill:var(--hatch)}
.end-good{fill:var(--page);stroke:var(--good);stroke-width:2.2}
.end-bad{stroke:var(--person);stroke-width:2.4;fill:none}
.end-cut{fill:var(--cancelled)}
.legend{list-style:none;margin:.7rem 0;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.3rem;font-size:.875rem;color:var(--soft)}
.legend svg{vertical-align:-2px}
footer{margin-top:3.5rem;padding-top:1rem;padding-bottom:2.5rem;color:var(--soft);font-size:.875rem}
footer p{border-top:1px solid var(--line);padding-top:1rem}
@media (max-width:44rem){
main,header,footer{padding-left:1rem;padding-right:1rem}
header{padding-top:1.5rem}
h1{font-size:1.45rem}
.verdict{font-size:1.125rem}
.places>div,.facts>div{grid-template-columns:1fr;gap:0}
.places{gap:.6rem}
.counts{gap:.6rem 1.6rem}
#filter p{gap:.5rem}
.pick{display:grid;grid-template-columns:7.5rem 1fr;width:100%}
input,select{max-width:none;width:100%;min-width:0}
.items,.items tbody,.items tr,.items th,.items td{display:block;width:auto}
.items thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.items tr{border-bottom:1px solid var(--line);padding:.6rem 0}
.items th,.items td{border:0;padding:.1rem 0}
.items td.n{text-align:left}
.items td.n:has(.none){display:none}
.items td.n::before{content:"Attempts: ";color:var(--soft)}
}
@media print{
:root{color-scheme:light;--page:#fff;--ink:#000;--soft:#444;--line:#bbb;--ground:#f2f2f2;--link:#000;
--person:#9c1f18;--failing:#7a4900;--running:#124a8c;--cancelled:#444;--good:#115c33;--planned:#483a90;--skipped:#555;--failed-job:#777;--hatch:#e0a29b}
@page{margin:14mm}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
html{font-size:12px}
body{font-size:1rem}
main,header,footer{max-width:none;padding-left:0;padding-right:0}
header{padding-top:0}
section{margin-top:1.6rem}
#filter,button{display:none}
details.group{content-visibility:visible}
details::details-content{content-visibility:visible;block-size:auto}
summary{list-style:none}
.entry,tr,.facts>div{break-inside:avoid}
h2,h3,summary,thead{break-after:avoid}
thead{display:table-header-group}
.scroll{overflow:visible}
.timeline{min-width:0}
a{text-decoration:none}
}`;
