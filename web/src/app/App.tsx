import { createTheme, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useState } from "react";
import { queryClient } from "../api/queries";
import { theme } from "../ui/preferences";
import { useSignal } from "../ui/useSignal";
import { makeRouter } from "./router";
import { Session } from "./session";

const mantine = createTheme({
  fontFamily: "var(--sans)",
  fontFamilyMonospace: "var(--mono)",
  defaultRadius: 4,
  cursorType: "pointer",
  respectReducedMotion: true,
});

/** Everything that lives as long as the page. */
export function App() {
  const [router] = useState(() => makeRouter(new Session()));
  const { scheme } = useSignal(theme);
  return (
    <MantineProvider theme={mantine} forceColorScheme={scheme}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
