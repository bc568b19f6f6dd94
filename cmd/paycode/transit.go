package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/gtfs"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/server"
)

// transitFlags say what rides cost.
type transitFlags struct {
	FlatFare string        `xor:"fares" placeholder:"AMOUNT" help:"What every ride costs; 2.00 CNY when nothing else is said."`
	GTFS     string        `name:"gtfs" xor:"fares" placeholder:"FEED" type:"path" help:"What rides cost by line and stations: a GTFS feed with Fares V1, a .zip or a directory."`
	DayCap   int64         `placeholder:"MINOR" help:"The most that the rides of one pass cost in a day, in minor units; 0 for no cap."`
	Passback time.Duration `default:"60s" help:"For how long a gate lets a pass through no more."`
}

func (f transitFlags) transit() (server.Transit, error) {
	if f.DayCap < 0 || f.Passback < time.Second || f.Passback > 24*time.Hour {
		return server.Transit{}, fmt.Errorf("--day-cap must not be negative, and --passback be from a second to a day")
	}
	t := server.Transit{DayCap: f.DayCap, Passback: f.Passback}
	switch {
	case f.GTFS != "":
		fares, err := gtfs.Open(f.GTFS)
		if err != nil {
			return server.Transit{}, fmt.Errorf("--gtfs: %w", err)
		}
		t.Fares, t.Currency, t.Check = fares, fares.Currency(), fares.Check
	case f.FlatFare != "":
		fare, err := f.flat()
		if err != nil {
			return server.Transit{}, fmt.Errorf("--flat-fare must be an amount with its currency, such as 2.00 CNY: %w", err)
		}
		t.Fares, t.Currency = clearing.Flat(fare), fare.Currency
	}
	return t, nil
}

func (f transitFlags) flat() (money.Amount, error) {
	decimal, code, _ := strings.Cut(f.FlatFare, " ")
	currency, err := money.ParseCurrency(code)
	if err != nil {
		return money.Amount{}, err
	}
	return money.ParseDecimal(decimal, currency)
}
