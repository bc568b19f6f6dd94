package main

import (
	"context"
	"fmt"
	"net/http"
)

// readyCmd is for containers, which have no other program to ask with.
type readyCmd struct {
	trustFlag
	Server string `default:"http://localhost:8080" placeholder:"URL" help:"The server."`
}

// Run asks once.
func (c *readyCmd) Run(ctx context.Context) error {
	asking, err := c.http()
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Server+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := asking.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", answer.Status)
	}
	return nil
}
