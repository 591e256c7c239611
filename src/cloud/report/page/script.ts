/** The page's only script: rows by words. Without it the page reads the same; the field is shown by the script itself. */
export const SCRIPT = `
(() => {
  const field = document.getElementById("words");
  if (!field) return;
  const rows = [...document.querySelectorAll(".items tbody tr")];
  const groups = [...document.querySelectorAll("details.group")];
  const wasOpen = groups.map((group) => group.open);
  document.getElementById("filter").hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = words.length > 0 ? row.textContent.toLowerCase() : "";
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) shown += 1;
    }
    groups.forEach((group, index) => {
      group.hidden = words.length > 0 && !group.querySelector("tbody tr:not([hidden])");
      group.open = words.length > 0 || wasOpen[index];
    });
    document.getElementById("shown").textContent = words.length > 0 ? shown + " of " + rows.length + " rows" : "";
  });
})();
`;
