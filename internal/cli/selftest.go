package cli

import "github.com/spf13/cobra"

func newSelftestCommand(s *streams) *cobra.Command { return &cobra.Command{Use: "selftest"} }
