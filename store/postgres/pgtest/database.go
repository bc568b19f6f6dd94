package pgtest

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// NewDatabase makes an empty database until the test ends and answers its URL.
func (s *Server) NewDatabase(tb testing.TB) string {
	tb.Helper()
	return s.CopyDatabase(tb, "template1")
}

// CopyDatabase makes a database with all that the one of that name holds,
// which nobody may be connected to. It is much quicker than to fill another.
func (s *Server) CopyDatabase(tb testing.TB, template string) string {
	tb.Helper()
	name := "t_" + strings.ToLower(rand.Text())[:12]
	if err := s.Exec(tb.Context(), "CREATE DATABASE "+name+" TEMPLATE "+pgx.Identifier{template}.Sanitize()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		s.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)") // the server may be killed: then all of it goes
	})
	return s.URL(name)
}

// Exec runs statements outside of any transaction, as the superuser, on the
// server's own database.
func (s *Server) Exec(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := pgx.Connect(ctx, s.SocketURL("postgres"))
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	_, err = c.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol)
	return err
}
