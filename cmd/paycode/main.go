// Command paycode is the whole of paycode in one program: the server, and the
// other parties on a command line.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is every command. Each flag has an environment variable: --master-key is
// PAYCODE_MASTER_KEY.
type cli struct {
	Serve serveCmd `cmd:"" help:"Run the server."`
	Admin adminCmd `cmd:"" help:"Prepare and check a server's database and master keys."`
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// errSilent ends a command with status 1 that has said why already.
var errSilent = errors.New("")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], &streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run carries a command line out and answers its exit status.
func run(ctx context.Context, args []string, s *streams) int {
	exit := -1
	parser, err := kong.New(&cli{},
		kong.Name("paycode"),
		kong.Description("Paying when the network is gone: payment codes made offline, charged once."),
		kong.DefaultEnvars("PAYCODE"),
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exit = code }),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.err, "paycode:", err)
		return 1
	}
	command, err := parser.Parse(args)
	if exit >= 0 {
		return exit // --help has been printed
	}
	if err != nil {
		fmt.Fprintln(s.err, "paycode:", err)
		return 2
	}
	if err := command.Run(); err != nil {
		if !errors.Is(err, errSilent) {
			fmt.Fprintln(s.err, "paycode:", err)
		}
		return 1
	}
	return 0
}
