/** What systems say of their batteries. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readLinuxPower } from "../../../src/agent/power/linux.ts";
import { parsePmset } from "../../../src/agent/power/macos.ts";
import { readPower } from "../../../src/agent/power/power.ts";
import { parseWin32Battery } from "../../../src/agent/power/windows.ts";
import { temporaryFolder } from "../../support/command-line.ts";

const supplies = (all: Readonly<Record<string, Readonly<Record<string, string>>>>): string => {
  const folder = temporaryFolder();
  for (const [name, fields] of Object.entries(all)) {
    mkdirSync(join(folder, name));
    for (const [field, text] of Object.entries(fields)) writeFileSync(join(folder, name, field), `${text}\n`);
  }
  return folder;
};
const mains = (online: string) => ({ type: "Mains", online });
const battery = (capacity: string, status = "Discharging") => ({ type: "Battery", present: "1", status, capacity });

describe("power", () => {
  it("J6: Linux: on battery, on mains, several batteries, a mouse, none", async () => {
    const read = (all: Parameters<typeof supplies>[0]) => readLinuxPower(supplies(all));
    expect(await read({ AC: mains("0"), BAT0: battery("19") })).toEqual({ onBattery: true, percent: 19 });
    expect(await read({ AC: mains("1"), BAT0: battery("19", "Charging") })).toEqual({ onBattery: false, percent: 19 });
    // Some say Discharging while plugged in.
    expect(await read({ AC: mains("1"), BAT0: battery("19") })).toEqual({ onBattery: false, percent: 19 });
    const held = (capacity: string, now: string, full: string) => ({ ...battery(capacity), energy_now: now, energy_full: full });
    expect(await read({ BAT0: held("0", "0", "60"), BAT1: held("75", "15", "20") })).toEqual({ onBattery: true, percent: 18.75 });
    expect(await read({ AC: mains("1"), mouse: { ...battery("5"), scope: "Device" } })).toBeUndefined();
    expect(await read({ BAT0: { ...battery(""), capacity: "unknown" } })).toEqual({ onBattery: true });
    expect(await readLinuxPower("/no/such/folder")).toBeUndefined();
  });

  it("J6: macOS", () => {
    const text = (source: string, percent: number) =>
      `Now drawing from '${source}'\n -InternalBattery-0 (id=4653155)\t${percent}%; discharging; 3:30 remaining present: true\n`;
    expect(parsePmset(text("Battery Power", 19))).toEqual({ onBattery: true, percent: 19 });
    expect(parsePmset(text("AC Power", 100))).toEqual({ onBattery: false, percent: 100 });
    expect(parsePmset("Now drawing from 'AC Power'\n")).toBeUndefined();
  });

  it("J6: Windows", () => {
    expect(parseWin32Battery('{"BatteryStatus":1,"EstimatedChargeRemaining":19}\r\n')).toEqual({ onBattery: true, percent: 19 });
    expect(
      parseWin32Battery('[{"BatteryStatus":2,"EstimatedChargeRemaining":50},{"BatteryStatus":1,"EstimatedChargeRemaining":5}]'),
    ).toEqual({
      onBattery: false,
      percent: 50,
    });
    expect(parseWin32Battery("")).toBeUndefined();
  });

  it("J6: a system that cannot be asked stops nothing", async () => {
    expect(await readPower("darwin")).toBeUndefined();
    expect(await readPower("aix")).toBeUndefined();
  });
});
