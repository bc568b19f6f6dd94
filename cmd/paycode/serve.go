package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
	_ "time/tzdata" // --zone works on machines without a zone database

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/server"
	"github.com/paycode/paycode/webhook"
)

// databaseFlag says where everything is kept.
type databaseFlag struct {
	DB string `name:"db" required:"" placeholder:"URL" help:"Where everything is kept: sqlite:FILE or postgres://USER@HOST/DATABASE."`
}

// postgresFlags say how a PostgreSQL is used.
type postgresFlags struct {
	Replica string `placeholder:"URL" help:"A standby of the PostgreSQL that gives reports, statements and lists."`
	Conns   int    `default:"16" help:"Connections to PostgreSQL for payments, four for each batch that is written at once; reports have four more."`
}

// keyFlags say where the master keys are.
type keyFlags struct {
	MasterKey      string `required:"" placeholder:"FILE" type:"path" help:"The master key file, made by admin init."`
	PassphraseFile string `placeholder:"FILE" type:"path" help:"Holds the passphrase of a sealed master key file."`
	Passphrase     string `hidden:"" help:"The passphrase itself; only by PAYCODE_PASSPHRASE, as others see a command line."`
}

// file is the master key file with its passphrase.
func (f keyFlags) file() (issuing.KeyFile, error) {
	file := issuing.KeyFile{Path: f.MasterKey, Passphrase: f.Passphrase}
	if f.PassphraseFile != "" {
		passphrase, err := readPassphrase(f.PassphraseFile)
		if err != nil {
			return file, err
		}
		file.Passphrase = passphrase
	}
	return file, nil
}

// readPassphrase is the first line of a file.
func readPassphrase(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("passphrase: %w", err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", fmt.Errorf("passphrase: the first line of %s is empty", path)
	}
	return line, nil
}

// passFlags are the terms of passes for gates.
type passFlags struct {
	PassLasts   time.Duration `default:"168h" help:"How long a pass for gates is good after the device's last sync; 0 for no passes."`
	RideCap     int64         `default:"5000" placeholder:"MINOR" help:"The most that one ride costs, in minor units of the payer's currency."`
	PassProduct string        `default:"transit" help:"What kind of pass it is, at most 16 bytes."`
}

func (f passFlags) terms() issuing.PassTerms {
	if f.PassLasts == 0 {
		return issuing.PassTerms{}
	}
	return issuing.PassTerms{Lasts: f.PassLasts, CapMinor: f.RideCap, Product: f.PassProduct}
}

// profileFlags shape the issuer's codes.
type profileFlags struct {
	Prefix       string        `default:"70" help:"First two digits of offline codes."`
	OnlinePrefix string        `default:"71" help:"First two digits of online codes."`
	AliasDigits  int           `default:"9" help:"Digits of the alias, 6 to 12."`
	OTPDigits    int           `name:"otp-digits" default:"6" help:"Digits of the one-time part, 6 to 12."`
	Period       time.Duration `default:"60s" help:"Length of a window."`
	Skew         int           `default:"1" help:"Windows before and after the current one that are accepted, 0 to 2."`
	SeedTTL      time.Duration `name:"seed-ttl" default:"720h" help:"How long a device works after its last sync."`
}

func (f profileFlags) profile() paycode.Profile {
	return paycode.Profile{
		Prefix: f.Prefix, OnlinePrefix: f.OnlinePrefix, AliasDigits: f.AliasDigits, OTPDigits: f.OTPDigits,
		PeriodSeconds: int(f.Period / time.Second), Skew: f.Skew, SeedTTLSeconds: int64(f.SeedTTL / time.Second),
	}
}

// serveCmd runs the server.
type serveCmd struct {
	databaseFlag
	postgresFlags
	keyFlags
	profileFlags
	passFlags
	transitFlags
	Listen          string `default:"localhost:8080" help:"Address to listen on."`
	Migrate         bool   `help:"Bring an older schema up to date first, as admin migrate does."`
	PublicURL       string `name:"public-url" placeholder:"URL" help:"How devices reach the server, such as https://pay.example.com; when left out, as each request says."`
	TLSCert         string `name:"tls-cert" placeholder:"FILE" type:"path" help:"Certificate chain in PEM."`
	TLSKey          string `name:"tls-key" placeholder:"FILE" type:"path" help:"Its private key in PEM."`
	TLSClients      bool   `name:"tls-clients" help:"Ask clients for a certificate: of tills whose merchant has registered one, which has to come with a refund."`
	Zone            string `default:"UTC" help:"Time zone in which a day begins at midnight, such as Asia/Shanghai."`
	WebhookLoopback bool   `help:"Let webhooks go to this machine, over http too: for trying things out."`
	WebhookPrivate  bool   `help:"Let webhooks go to private networks."`
	PlatformKey     string `placeholder:"FILE" type:"path" help:"The key that signs answers to tills that speak Alipay's OpenAPI or WeChat Pay's version 3, made by admin key platform; without it none is answered."`
	LogFormat       string `default:"text" enum:"text,json" help:"How to write the log: ${enum}."`
	LogLevel        string `default:"info" enum:"debug,info,warn,error" help:"What to write: ${enum}. Each request is one line of level info."`
}

// Run serves until the context ends.
func (c *serveCmd) Run(ctx context.Context, s *streams) error {
	spareThread()
	rareCollection()
	config, err := c.config(s)
	if err != nil {
		return err
	}
	if c.Migrate {
		if err := server.MigrateIfThere(ctx, c.DB); err != nil {
			return err
		}
	}
	srv, err := server.Open(ctx, config)
	if err != nil {
		return err
	}
	return srv.Run(ctx)
}

// spareThread runs Go code on one thread more than there are processors, unless
// GOMAXPROCS says otherwise. Under load the embedded store's writer waits for
// the disk most of the time, in calls of which the scheduler learns late that
// they block: without the spare one, two processors do the work of one and a half.
func spareThread() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}

// heapAim is where the collector begins to work harder, far below what a server
// under overload may use.
const heapAim = 128 << 20 // bytes

// rareCollection has garbage collected when the heap is five times what is
// alive, unless GOGC or GOMEMLIMIT say otherwise: little is alive between two
// requests, so that the usual twice is reached many times a second.
func rareCollection() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(heapAim)
	}
}

func (c *serveCmd) config(s *streams) (server.Config, error) {
	log, err := c.log(s)
	if err != nil {
		return server.Config{}, err
	}
	warnOfPrefixes(log, c.profile())
	file, err := c.keyFlags.file()
	if err != nil {
		return server.Config{}, err
	}
	keys, err := file.Load() // never made here: a server on a new key would stop every device
	if err != nil {
		return server.Config{}, fmt.Errorf("%w (paycode admin init makes it)", err)
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return server.Config{}, fmt.Errorf("zone: %w", err)
	}
	tlsConfig, err := c.tls()
	if err != nil {
		return server.Config{}, err
	}
	transit, err := c.transit()
	if err != nil {
		return server.Config{}, err
	}
	identity, err := c.platform()
	if err != nil {
		return server.Config{}, err
	}
	if identity != nil {
		log.Info("answers to tills of other systems are signed", "by", identity.SignedBy())
	}
	public, err := publicURL(c.PublicURL)
	return server.Config{
		Database: c.DB, Replica: c.Replica, Conns: c.Conns, Listen: c.Listen, Keys: keys, Issuers: keys, Passes: c.terms(), Transit: transit, Log: log, Profile: c.profile(), Zone: zone, PublicURL: public, TLS: tlsConfig,
		Webhooks: webhook.Policy{Loopback: c.WebhookLoopback, Private: c.WebhookPrivate}, Platform: identity,
	}, err
}

func (c *serveCmd) log(s *streams) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("log level: %w", err)
	}
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(s.err, options)), nil
	}
	return slog.New(slog.NewTextHandler(s.err, options)), nil
}

func (c *serveCmd) tls() (*tls.Config, error) {
	if c.TLSCert == "" && c.TLSKey == "" {
		if c.TLSClients {
			return nil, errors.New("--tls-clients needs --tls-cert and --tls-key: behind a proxy it is the proxy that asks")
		}
		return nil, nil
	}
	if c.TLSCert == "" || c.TLSKey == "" {
		return nil, errors.New("--tls-cert and --tls-key belong together")
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}}
	if c.TLSClients {
		config.ClientAuth = tls.RequestClientCert // each call says which one it needs, and most need none
	}
	return config, nil
}

// publicURL checks that a URL is a scheme and a host alone: DPoP proofs are held against it.
func publicURL(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return "", errors.New("--public-url must be a scheme and a host, such as https://pay.example.com")
	}
	return u.Scheme + "://" + u.Host, nil
}
