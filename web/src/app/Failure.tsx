import { useRouter } from "@tanstack/react-router";
import { Fault } from "../features/server/parts";

/** A page that could not be shown: mostly a server that does not answer. */
export function Failure({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <main className="server page narrow" data-ready>
      <Fault error={error} retry={again} />
    </main>
  );
}
