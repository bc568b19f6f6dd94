//go:build !linux

package main

import "errors"

// privatePostgres is not to be had here.
type privatePostgres struct{}

func (privatePostgres) launch() (string, error) {
	return "", errors.New("a private PostgreSQL is started on Linux only: give --database postgres://…")
}

func (privatePostgres) close() error { return nil }
