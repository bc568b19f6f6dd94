package main

import (
	"context"
	"fmt"

	"github.com/paycode/paycode/server"
)

// migrateCmd brings a schema up to date.
type migrateCmd struct {
	databaseFlag
	DryRun bool `help:"Only print what would be run."`
}

// Run prints what is missing, and runs it.
func (c *migrateCmd) Run(ctx context.Context, s *streams) error {
	plan, err := server.PlanStore(ctx, c.DB)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "-- the database has version %d, and lacks %d\n", plan.Version, len(plan.Missing))
	for _, m := range plan.Missing {
		fmt.Fprintf(s.out, "\n-- %s\n", m.Name)
		for _, statement := range m.Statements {
			fmt.Fprintf(s.out, "%s;\n", statement)
		}
	}
	if c.DryRun || len(plan.Missing) == 0 {
		return nil
	}
	if err := server.MigrateStore(ctx, c.DB); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "migrated to version %d\n", plan.Missing[len(plan.Missing)-1].Version)
	return nil
}
