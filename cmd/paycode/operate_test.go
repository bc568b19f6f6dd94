package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// drills are the blocks of docs/operate.md for one kind of database, in order.
func drills(t *testing.T, kind string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operate.md")
	must(t, err)
	var all []string
	for _, block := range regexp.MustCompile("(?ms)^```sh (\\w+)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		if block[1] == kind {
			all = append(all, block[2])
		}
	}
	if len(all) == 0 {
		t.Fatalf("docs/operate.md has nothing to run for %s", kind)
	}
	return strings.Join(all, "\n")
}

// standIn is systemctl for the one service that the document starts and stops.
const standIn = `
systemctl() {
	case $1 in
	stop|restart) kill $server; wait $server ;;
	esac
	case $1 in
	start|restart)
		paycode serve &
		server=$!
		for _ in $(seq 300); do paycode admin ready 2>/dev/null && return; sleep 0.1; done
		return 1 ;;
	esac
}
trap 'kill $server; wait $server' EXIT
paycode admin init
systemctl start
`

// TestTheDocumentIsRun does what docs/operate.md tells operators to do.
func TestTheDocumentIsRun(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		l, err := net.Listen("tcp", "localhost:0")
		must(t, err)
		address := l.Addr().String()
		l.Close()
		d := newDrill(t)
		d.env = append(d.env, "PAYCODE_DB=sqlite:paycode.db", "PAYCODE_MASTER_KEY=master.key", "PAYCODE_LISTEN="+address, "PAYCODE_SERVER=http://"+address)
		d.run(t, standIn+drills(t, "sqlite"))
	})
	t.Run("postgres", func(t *testing.T) {
		programs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
		must(t, err)
		d := newDrill(t)
		d.env = append(d.env, "PATH="+d.dir+":"+strings.Join(append(programs, os.Getenv("PATH")), ":"))
		d.run(t, `trap 'for d in primary restored; do pg_ctl -D $d -m immediate stop >/dev/null 2>&1 || true; done' EXIT`+"\n"+drills(t, "postgres"))
	})
}

// drill is a directory in which somebody without privileges works.
type drill struct {
	dir string
	env []string
	who *syscall.SysProcAttr
}

func newDrill(t *testing.T) *drill {
	t.Helper()
	dir, err := os.MkdirTemp("", "paycode-drill-") // short: a socket's path has 107 bytes
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := &drill{dir: dir, env: append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "HOME="+dir), who: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}}
	program(t, filepath.Join(dir, "paycode"))
	if os.Getuid() != 0 {
		return d
	}
	// PostgreSQL refuses to run as root.
	nobody, err := user.Lookup("nobody")
	must(t, err)
	uid, err := strconv.Atoi(nobody.Uid)
	must(t, err)
	must(t, os.Chown(dir, uid, -1))
	d.who.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	return d
}

// program puts a copy of this test binary where anybody can run it: under the name paycode it is the program.
func program(t *testing.T, path string) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	from, err := os.Open(self)
	must(t, err)
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	must(t, err)
	_, err = io.Copy(to, from)
	must(t, err)
	must(t, to.Close())
}

func (d *drill) run(t *testing.T, script string) {
	t.Helper()
	bash := exec.CommandContext(t.Context(), "bash", "-euxo", "pipefail", "-c", script)
	bash.Dir, bash.Env, bash.SysProcAttr = d.dir, d.env, d.who
	out, err := bash.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
