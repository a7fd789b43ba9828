import { useRouter } from "@tanstack/react-router";
import type { Session } from "./session";

export const useSession = (): Session => useRouter().options.context.session;
