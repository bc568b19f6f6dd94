package main

import "os"

// print shows what was measured, and writes the page if one is wanted.
func (b *benching) print() error {
	if b.Report != "" {
		if err := b.page(); err != nil {
			return err
		}
	}
	if b.JSON {
		return printJSON(b.s.out, b.report.Figures())
	}
	return b.report.Text(b.s.out)
}

func (b *benching) page() error {
	f, err := os.Create(b.Report)
	if err != nil {
		return err
	}
	return joinClose(b.report.HTML(f), f.Close)
}
