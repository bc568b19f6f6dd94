package main

import (
	"fmt"
	"log/slog"
	"text/tabwriter"

	"github.com/paycode/paycode"
)

// prefixesCmd helps an issuer to choose the first digits of his codes.
type prefixesCmd struct {
	profileFlags
}

// Run prints the table, and then what of it the chosen profile has.
func (c *prefixesCmd) Run(s *streams) error {
	profile := c.profile()
	if err := profile.Validate(); err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PREFIX\tDIGITS\tSYSTEM\tSOURCE")
	for _, k := range paycode.KnownPrefixes() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", span(k.From, k.To), span(k.Least, k.Most), k.System, k.Source)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	clashes := profile.Clashes()
	for _, clash := range clashes {
		fmt.Fprintln(s.out, clash)
	}
	if len(clashes) == 0 {
		fmt.Fprintf(s.out, "%s and %s, %d digits: known for nothing\n", profile.Prefix, profile.OnlinePrefix, profile.Digits())
	}
	return nil
}

func span[T comparable](from, to T) string {
	if from == to {
		return fmt.Sprint(from)
	}
	return fmt.Sprint(from, "-", to)
}

// warnOfPrefixes says at the start what tills may take the codes for: at the first
// till it would be found out late, when wallets have the profile.
func warnOfPrefixes(log *slog.Logger, p paycode.Profile) {
	if p.Validate() != nil {
		return // which the server says itself
	}
	for _, c := range p.Clashes() {
		log.Warn("a prefix is known to tills (paycode admin prefixes lists them): "+c.String(), "prefix", c.Prefix)
	}
}
