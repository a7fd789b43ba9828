/** What the server's administrator says to everybody: a warning above every page, and at the foot who runs it. */
import { useQuery } from "@tanstack/react-query";
import { whoami } from "../../api/queries";
import { useMessages } from "./parts";
import "./site.css";

export const useSite = () => useQuery({ ...whoami, retry: false }).data;

export function Alert({ floating = false }: { floating?: boolean }) {
  const alert = useSite()?.site.alert;
  if (!alert) return null;
  return (
    <div className={floating ? "site-alert floating" : "site-alert"} role="status">
      <span aria-hidden>▲</span> {alert}
    </div>
  );
}

/**
 * What holds for data of patients: the administrator's words, else, where the server is not certified for them, ours.
 */
export function HealthNotice() {
  const m = useMessages();
  const who = useSite();
  if (!who) return null;
  const text = who.site.health_notice || (who.healthcare ? "" : m.server.site.research);
  return text ? <p className="site-health">{text}</p> : null;
}

/** Who runs the server and under which rules, and where there is help. */
export function Foot() {
  const m = useMessages();
  const who = useSite();
  if (!who) return null;
  const { hosting, support } = who.site;
  return (
    <footer className="site-foot">
      {hosting && <p>{hosting}</p>}
      <HealthNotice />
      {support && (
        <p>
          <a href={`mailto:${support}`}>{m.server.site.support(support)}</a>
        </p>
      )}
    </footer>
  );
}
