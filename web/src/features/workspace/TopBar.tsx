import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconDots,
  IconFilter,
  IconKeyboard,
  IconMoon,
  IconSun,
  IconX,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { axesFor } from "../../core/axes/registry";
import { commandById } from "../../core/commands";
import { LANGUAGES, messages } from "../../i18n";
import { Menu, Popover } from "../../ui/Menu";
import { setLocale, setScheme, theme } from "../../ui/preferences";
import { useSignal } from "../../ui/useSignal";
import { axisLabel, commandLabel, filterLabel } from "../../ui/words";
import { ExportEntry, ReportEntry } from "../report/Entry";
import { Mark } from "../start/StartPage";
import { CommandButton } from "./CommandButton";
import type { Origin } from "./context";
import { useWorkspace } from "./context";
import { LinkButton } from "./LinkButton";
import { SizeMenu } from "./SizeMenu";

/** What holds for the whole workspace: colour, sizes, filters, undo, export. */
export function TopBar({ origin, onHelp }: { origin: Origin; onHelp: () => void }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const { scheme } = useSignal(theme);
  return (
    <header className="topbar">
      <Link
        to={origin === "local" ? "/open" : "/"}
        className="brand"
        {...(origin === "local" ? { "aria-label": m.topbar.open, title: m.topbar.open } : {})}
      >
        <Mark size={22} /> {m.app}
      </Link>
      <span className="topbar-file" title={ws.table.source.producer}>
        <bdi>{ws.table.source.name}</bdi>
      </span>
      <span className="spring" />
      <ColorSelect />
      <SizeMenu />
      <FilterMenu />
      <span className="divider" />
      <CommandButton id="undo" icon={<IconArrowBackUp size={16} stroke={1.6} />} />
      <CommandButton id="redo" icon={<IconArrowForwardUp size={16} stroke={1.6} />} />
      <span className="divider" />
      <ExportEntry />
      {origin !== "comparison" && <ReportEntry />}
      {origin !== "local" && <LinkButton />}
      <button
        type="button"
        className="quiet icon"
        aria-label={m.topbar.help}
        title={`${m.topbar.help} (?)`}
        onClick={onHelp}
      >
        <IconKeyboard size={17} stroke={1.5} />
      </button>
      <button
        type="button"
        className="quiet icon"
        aria-label={m.topbar.scheme}
        title={m.topbar.scheme}
        onClick={() => setScheme(scheme === "dark" ? "light" : "dark")}
      >
        {scheme === "dark" ? <IconSun size={16} stroke={1.6} /> : <IconMoon size={16} stroke={1.6} />}
      </button>
      <MoreMenu />
    </header>
  );
}

function MoreMenu() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  return (
    <Menu
      position="bottom-end"
      target={
        <button type="button" className="quiet icon" aria-label={m.topbar.more}>
          <IconDots size={16} stroke={1.6} />
        </button>
      }
    >
      {["clusterBy", "acceptClusters", "splitAll", "toggleClusters", "toggleNotation"].map((id) => {
        const command = commandById(id);
        return (
          <Menu.Item key={id} disabled={!command.enabled(ws)} onClick={() => command.run(ws)}>
            {commandLabel(m, command)}
          </Menu.Item>
        );
      })}
      <Menu.Divider />
      {LANGUAGES.map((language) => (
        <Menu.Item key={language.locale} lang={language.locale} onClick={() => setLocale(language.locale)}>
          {language.language}
        </Menu.Item>
      ))}
    </Menu>
  );
}

function ColorSelect() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const axis = useSignal(ws.colorAxis);
  return (
    <label className="topbar-choice">
      {m.topbar.colour}
      <select
        className="select"
        aria-label={m.topbar.colour}
        value={axis}
        onChange={(e) => {
          ws.colorAxis.value = e.currentTarget.value;
        }}
      >
        {axesFor(ws.table, "colour").map((each) => (
          <option key={each.id} value={each.id}>
            {axisLabel(m, each.id)}
          </option>
        ))}
      </select>
    </label>
  );
}

function FilterMenu() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const filters = useSignal(ws.filters);
  const showAll = commandById("showAll");
  return (
    <Popover
      position="bottom-end"
      target={
        <button type="button" className="quiet" aria-pressed={filters.length > 0}>
          <IconFilter size={15} stroke={1.6} /> {m.topbar.filters}
          {filters.length > 0 && <span className="count num">{filters.length}</span>}
        </button>
      }
    >
      {filters.length === 0 && <p className="popover-text">{m.topbar.noFilters}</p>}
      <ul className="chips">
        {filters.map((filter) => (
          <li key={filterLabel(m, filter)} className="chip">
            {filterLabel(m, filter)}
            <button
              type="button"
              className="quiet icon"
              aria-label={m.filter.remove}
              onClick={() => ws.removeFilter(filter)}
            >
              <IconX size={12} />
            </button>
          </li>
        ))}
      </ul>
      <TopFilter />
      <button type="button" className="quiet" onClick={() => ws.addFilter({ kind: "present" })}>
        {m.filter.present}
      </button>
      {filters.length > 0 && (
        <button type="button" className="quiet" onClick={() => showAll.run(ws)}>
          {m.topbar.resetFilters}
        </button>
      )}
    </Popover>
  );
}

/** Keeps what is among the first n of some sample. */
function TopFilter() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const filters = useSignal(ws.filters);
  const highest = ws.highestTop();
  const current = filters.find((f) => f.kind === "top");
  const value = current?.kind === "top" ? current.top : highest;
  return (
    <label className="slider">
      <span>{m.filter.top(value)}</span>
      <input
        type="range"
        min={1}
        max={highest}
        value={value}
        onChange={(e) => {
          const top = Number(e.currentTarget.value);
          if (top < highest) ws.addFilter({ kind: "top", top });
          else if (current) ws.removeFilter(current);
        }}
      />
    </label>
  );
}
