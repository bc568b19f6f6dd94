package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/paycode/paycode/gate"
	"github.com/paycode/paycode/nfc"
	"github.com/paycode/paycode/web"
)

// gateCmd is a gate of a bus, a metro or a stadium.
type gateCmd struct {
	Enrol  gateEnrolCmd  `cmd:"" help:"Set up this gate with its key; needs network, once."`
	Run    gateRunCmd    `cmd:"" help:"Let people through, with or without network."`
	Sync   gateSyncCmd   `cmd:"" help:"Upload taps and fetch the deny list, now."`
	Status gateStatusCmd `cmd:"" help:"Tell how this gate stands."`
}

// gateFlags say which gate.
type gateFlags struct {
	trustFlag
	Dir string `placeholder:"DIR" type:"path" help:"The gate's directory; in the user's configuration directory when left out."`
}

func (f gateFlags) dir() (string, error) {
	if f.Dir != "" {
		return f.Dir, nil
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("%w: say --dir", err)
	}
	return filepath.Join(config, "paycode", "gate"), nil
}

func (f gateFlags) open() (*gate.Gate, error) {
	dir, err := f.dir()
	if err != nil {
		return nil, err
	}
	g, err := gate.Open(dir)
	switch {
	case errors.Is(err, gate.ErrNotEnrolled):
		return nil, fmt.Errorf("%w (paycode gate enrol --server URL --key gk_… sets it up)", err)
	case err != nil:
		return nil, err
	}
	g.HTTP, err = f.http()
	return g, err
}

type gateEnrolCmd struct {
	gateFlags
	Server string `required:"" placeholder:"URL" help:"The server."`
	Key    string `required:"" placeholder:"gk_…" help:"The gate's key; better by PAYCODE_KEY, as others see a command line."`
}

// Run enrols.
func (c *gateEnrolCmd) Run(ctx context.Context, s *streams) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	h, err := c.http()
	if err != nil {
		return err
	}
	if err := gate.Enrol(ctx, gate.Enrolment{Dir: dir, Server: c.Server, Key: c.Key, HTTP: h}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "enrolled in %s; works without network from now on\n", dir)
	return nil
}

// readerRests is the time between two tries to use a reader that is not there.
const readerRests = 2 * time.Second

type gateRunCmd struct {
	gateFlags
	readerFlags
	NFC      bool   `name:"nfc" help:"Read phones that are held against an NFC reader, and print each decision."`
	Listen   string `placeholder:"ADDR" help:"Serve the gate's own page here, such as 127.0.0.1:8475."`
	Stdin    bool   `help:"Read presentations from standard input, one a line, as from a scanner, and print each decision."`
	LogLevel string `default:"warn" enum:"debug,info,warn,error" help:"What to log: ${enum}."`
}

// Run decides until it is interrupted, or with --stdin alone until the input ends.
func (c *gateRunCmd) Run(ctx context.Context, s *streams) error {
	if c.Listen == "" && !c.Stdin && !c.NFC {
		return errors.New("gate: nothing to read from: say --listen, --nfc or --stdin")
	}
	g, err := c.open()
	if err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return err
	}
	g.Log = slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: level}))
	for _, d := range g.Status().Damage {
		g.Log.Error("the journal is not as it was written", "where", d.String())
	}
	ctx, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { g.Run(ctx) })
	if c.NFC {
		background.Go(func() { c.readDevices(ctx, s, g) })
	}
	err = c.serve(ctx, s, g)
	stop()
	background.Wait()
	return errors.Join(err, g.Close())
}

func (c *gateRunCmd) serve(ctx context.Context, s *streams, g *gate.Gate) error {
	if c.Listen == "" && !c.NFC {
		return readTaps(ctx, s, g)
	}
	if c.Stdin {
		go readTaps(ctx, s, g)
	}
	if c.Listen == "" {
		<-ctx.Done()
		return nil
	}
	pages, err := web.Gate(http.NotFound)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	fmt.Fprintf(s.out, "http://%s/gate/\n", l.Addr())
	return g.Serve(ctx, l, pages)
}

// readTaps decides on each line, until the input ends.
func readTaps(ctx context.Context, s *streams, g *gate.Gate) error {
	lines := bufio.NewScanner(s.in)
	for lines.Scan() && ctx.Err() == nil {
		if lines.Text() != "" {
			printDecision(s.out, g.Tap(lines.Text()))
		}
	}
	return lines.Err()
}

// readDevices decides on each device that is held against the reader. A reader or a
// pcscd that is not there may come later, and meanwhile people go through by QR.
func (c *gateRunCmd) readDevices(ctx context.Context, s *streams, g *gate.Gate) {
	for ctx.Err() == nil {
		err := c.devices(ctx, func(transmit nfc.Transmit) (done bool) {
			d, err := g.TapDevice(transmit)
			if err != nil {
				g.Log.Info("a device was taken away too soon", "error", err)
				return false
			}
			printDecision(s.out, d)
			return false
		})
		if ctx.Err() != nil {
			return
		}
		g.Log.Error("the NFC reader cannot be used", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(readerRests):
		}
	}
}

func printDecision(out io.Writer, d gate.Decision) {
	switch {
	case !d.Go:
		fmt.Fprintf(out, "no %s\n", d.Reason)
	case d.Fare != nil:
		fmt.Fprintf(out, "go %s\n", d.Fare)
	default:
		fmt.Fprintln(out, "go")
	}
}

type gateSyncCmd struct{ gateFlags }

// Run syncs once.
func (c *gateSyncCmd) Run(ctx context.Context, s *streams) error {
	g, err := c.open()
	if err != nil {
		return err
	}
	if err := g.Sync(ctx); err != nil {
		return errors.Join(err, g.Close())
	}
	fmt.Fprintf(s.out, "%d taps, all uploaded\n", g.Status().Taps)
	return g.Close()
}

type gateStatusCmd struct {
	gateFlags
	JSON bool `name:"json" help:"Print it for programs to read."`
}

// Run prints how the gate stands. Exit status 1 when something has to be seen to.
func (c *gateStatusCmd) Run(s *streams) error {
	g, err := c.open()
	if err != nil {
		return err
	}
	defer g.Close()
	st := g.Status()
	if c.JSON {
		err = printJSON(s.out, st)
	} else {
		err = printGate(s.out, st)
	}
	if err == nil && len(st.Alarms) > 0 {
		return errSilent
	}
	return err
}

func printGate(out io.Writer, st gate.Status) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "gate\t%s (%s, %s %s)\n", st.ID, st.Name, st.Line, st.Station)
	fmt.Fprintf(t, "taps\t%d, of them to be uploaded %d, rejected by the server %d\n", st.Taps, st.Queue, st.Rejected)
	fmt.Fprintf(t, "deny list\tnumber %d, %d passes, %s\n", st.Deny, st.Denied, since(st.DenyAt))
	fmt.Fprintf(t, "server\t%s\n", since(st.SyncedAt))
	for _, a := range st.Alarms {
		fmt.Fprintf(t, "alarm\t%s\n", a)
	}
	for _, d := range st.Damage {
		fmt.Fprintf(t, "journal\t%s\n", d)
	}
	if st.Torn > 0 {
		fmt.Fprintf(t, "journal\t%d bytes that the power left half written were put aside\n", st.Torn)
	}
	return t.Flush()
}

func since(t *time.Time) string {
	if t == nil {
		return "never heard of"
	}
	return "as of " + local(*t)
}
