package pgtest_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paycode/paycode/store/postgres/pgtest"
)

// asChild has this test binary start a server and wait to be killed.
const asChild = "PGTEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		s, err := pgtest.Launch(pgtest.NotDurable()...)
		fmt.Println(s.SocketURL("postgres"), err)
		select {}
	}
	m.Run()
}

func TestKilledServerKeepsWhatWasCommitted(t *testing.T) {
	s := pgtest.Start(t)
	url := s.NewDatabase(t)
	run(t, url, `CREATE TABLE kept (n INTEGER); INSERT INTO kept VALUES (1)`)
	for range 2 {
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		if c, err := pgx.Connect(t.Context(), url); err == nil {
			c.Close(t.Context())
			t.Fatal("a killed server answers")
		}
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	run(t, url, `INSERT INTO kept SELECT n FROM kept; DO $$ BEGIN ASSERT (SELECT COUNT(*) = 2 FROM kept); END $$`)
}

func TestDurableUnlessAsked(t *testing.T) {
	s := pgtest.Start(t)
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		run(t, s.SocketURL("postgres"), `DO $$ BEGIN ASSERT current_setting('`+setting+`') = 'on'; END $$`)
	}
}

func TestPasswordIsAskedFor(t *testing.T) {
	s := pgtest.Start(t, pgtest.NotDurable()...)
	config, err := pgx.ParseConfig(s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	config.Password = "guessed"
	if c, err := pgx.ConnectConfig(t.Context(), config); err == nil {
		c.Close(t.Context())
		t.Error("the server let in somebody with another password")
	}
}

// TestNothingSurvives kills a process that has started a server.
func TestNothingSurvives(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asChild+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	address, problem, _ := strings.Cut(strings.TrimSpace(line), " ")
	if err != nil || problem != "<nil>" {
		t.Fatalf("%s %v", line, err)
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(config.Host)
	cmd.Process.Kill()
	cmd.Wait()
	for range 1000 {
		if c, err := pgx.ConnectConfig(t.Context(), config); err != nil && strings.Contains(err.Error(), "refused") {
			return
		} else if err == nil {
			c.Close(t.Context())
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("a server outlived the process that started it")
}

func run(t *testing.T, url, statements string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), statements, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
}
