import { IconLink } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { encodeWhole, leftOut } from "../../core/url";
import { messages } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { useWorkspace } from "./context";

const SAID_MS = 6000;

/** Copies a link to exactly this view; what is too long for one is said. */
export function LinkButton() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const words = m.sequenceWork.link;
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => setSaid(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () => {
    const view = ws.view();
    const left = leftOut(view).map((part) => words.parts[part]);
    const address = `${location.origin}${location.pathname}?${encodeWhole(view, null)}`;
    navigator.clipboard.writeText(address).then(
      () => setSaid(left.length > 0 ? words.without(left.join(", ")) : words.copied),
      () => setSaid(words.failed),
    );
  };
  return (
    <>
      <button type="button" className="quiet icon" aria-label={words.copy} title={words.copy} onClick={copy}>
        <IconLink size={16} stroke={1.6} />
      </button>
      <span className={said === "" ? "visually-hidden" : "said"} role="status">
        {said}
      </span>
    </>
  );
}
