import { IconTable } from "@tabler/icons-react";
import { useRef, useState } from "react";
import type { Sheet } from "../../api/plan";
import { useMessages } from "../server/parts";
import { Form } from "../sets/BulkRun";

interface Props {
  /** Name of the sheet in use; "" for none. */
  readonly sheet: string;
  readonly busy: boolean;
  onSheet(sheet: { readonly name: string; readonly content: Sheet } | null): void;
}

/** The sheet that tells about the files: another can be chosen, or its rows pasted. */
export function SheetBox({ sheet, busy, onSheet }: Props) {
  const m = useMessages();
  const words = m.lists;
  const file = useRef<HTMLInputElement>(null);
  const [pasting, setPasting] = useState(false);
  return (
    <div className="toolbar">
      <IconTable size={16} stroke={1.6} aria-hidden />
      <span>{sheet === "" ? words.noSheet : words.sheet(sheet)}</span>
      <button type="button" className="button" disabled={busy} onClick={() => file.current?.click()}>
        {words.chooseSheet}
      </button>
      <button type="button" className="button" disabled={busy} onClick={() => setPasting(true)}>
        {words.pasteSheet}
      </button>
      {sheet !== "" && (
        <button type="button" className="quiet" disabled={busy} onClick={() => onSheet({ name: "", content: "" })}>
          {words.withoutSheet}
        </button>
      )}
      <input
        ref={file}
        type="file"
        hidden
        accept=".csv,.tsv,.txt,.xlsx"
        data-testid="sheet"
        onChange={(e) => {
          const [one] = e.currentTarget.files ?? [];
          if (one) onSheet({ name: one.name, content: one });
          e.currentTarget.value = "";
        }}
      />
      {pasting && (
        <Paste
          onClose={() => setPasting(false)}
          onText={(text) => {
            setPasting(false);
            onSheet({ name: words.pastedSheet, content: text });
          }}
        />
      )}
    </div>
  );
}

function Paste({ onClose, onText }: { onClose: () => void; onText: (text: string) => void }) {
  const m = useMessages();
  const words = m.lists;
  const [text, setText] = useState("");
  return (
    <Form
      title={words.pasteSheet}
      action={words.useSheet}
      busy={text.trim() === ""}
      error={null}
      onClose={onClose}
      onSubmit={() => onText(text)}
    >
      <label className="form-field">
        <span className="hint">{words.pasteHint}</span>
        <textarea
          className="field mono"
          data-autofocus
          rows={10}
          value={text}
          placeholder={"sample\tpatient\tlast_name\tsampling_date\tinfo"}
          onChange={(e) => setText(e.currentTarget.value)}
        />
      </label>
    </Form>
  );
}
