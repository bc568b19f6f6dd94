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

	"github.com/paycode/paycode/nfc/pcsc"
	"github.com/paycode/paycode/nfc/vpcd"
)

// cli is every command. Each flag has an environment variable: --master-key is
// PAYCODE_MASTER_KEY.
type cli struct {
	Demo  demoCmd  `cmd:"" help:"Try everything out with play money: wallet, cashier and a gate."`
	Serve serveCmd `cmd:"" help:"Run the server."`
	Admin adminCmd `cmd:"" help:"Prepare and check a server's database and master keys."`

	Wallet walletCmd `cmd:"" help:"A payer's device: enrol, then show codes without network."`
	Bench  benchCmd  `cmd:"" help:"Measure how many payments a second a server makes durable."`
	Till   tillCmd   `cmd:"" help:"A merchant's terminal: charge, find out, cancel, refund."`
	Gate   gateCmd   `cmd:"" help:"A gate of a bus, a metro or a stadium: checks passes without network."`
	Sim    simCmd    `cmd:"" help:"Live through simulated towns with faults, from a seed, and look for a broken rule."`
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// errSilent ends a command with status 1 that has said why already.
var errSilent = errors.New("")

// exitUsage is the status after a command line that makes no sense (EX_USAGE of sysexits).
const exitUsage = 64

// exitStatus ends a command that has said why already with a status of its own.
type exitStatus int

// Error is empty: there is nothing more to say.
func (exitStatus) Error() string { return "" }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], &streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// defaults are those that other packages know.
func defaults() kong.Vars { return kong.Vars{"pcscd": pcsc.Socket, "vpcd": vpcd.Address} }

// run carries a command line out and answers its exit status.
func run(ctx context.Context, args []string, s *streams) int {
	exit := -1
	parser, err := kong.New(&cli{},
		kong.Name("paycode"),
		kong.Description("Paying when the network is gone: payment codes made offline, charged once."),
		kong.DefaultEnvars("PAYCODE"),
		defaults(),
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
		return exitUsage
	}
	if err := command.Run(); err != nil {
		if status := exitStatus(0); errors.As(err, &status) {
			return int(status)
		}
		if !errors.Is(err, errSilent) {
			fmt.Fprintln(s.err, "paycode:", err)
		}
		return 1
	}
	return 0
}
