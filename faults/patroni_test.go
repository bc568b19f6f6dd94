package faults_test

import (
	"os"
	"path/filepath"
	"text/template"
)

// patroni.yml of a node. A payment is acknowledged when both nodes have it:
// synchronous_mode. A leader that is not heard of for 20 seconds, the least that
// Patroni takes, has lost.
var patroniYML = template.Must(template.New("").Parse(`
scope: paycode
name: {{.Name}}
restapi: {listen: "{{.API}}", connect_address: "{{.API}}"}
etcd3: {host: "{{.Etcd}}"}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 1
    retry_timeout: 3
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      parameters: {max_connections: 100, wal_log_hints: "on", wal_keep_size: 128MB, shared_buffers: 32MB}
  initdb: [{encoding: UTF8}, {locale: C}, no-sync]
postgresql:
  listen: "{{.Postgres}}"
  connect_address: "{{.Postgres}}"
  data_dir: "{{.Dir}}/{{.Name}}"
  bin_dir: "{{.Programs}}"
  pgpass: "{{.Dir}}/{{.Name}}.pgpass"
  parameters: {unix_socket_directories: "{{.Dir}}"}
  authentication:
    superuser: {username: postgres, password: loopback}
    replication: {username: follower, password: loopback}
    rewind: {username: rewinder, password: loopback}
  pg_hba: ["host all all 127.0.0.1/32 md5", "host replication all 127.0.0.1/32 md5", "local all all trust"]
watchdog: {mode: "off"}
`))

// Dir, Etcd and Programs are for the template.
func (n *node) Dir() string  { return n.dir }
func (n *node) Etcd() string { return n.etcd }
func (n *node) Programs() string {
	all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(all) == 0 {
		n.Fatal("no PostgreSQL server programs: " + debian)
	}
	return filepath.Dir(all[len(all)-1])
}

func (n *node) configure() {
	n.Helper()
	f, err := os.Create(n.yml())
	if err != nil {
		n.Fatal(err)
	}
	defer f.Close()
	if err := patroniYML.Execute(f, n); err != nil {
		n.Fatal(err)
	}
}
