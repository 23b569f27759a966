package hub

import (
	"os"
	"os/user"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestFromEnv(t *testing.T) {
	home := t.TempDir()
	write := func(path, text string) string {
		path = filepath.Join(home, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write(".cache/huggingface/token", "hf_home\r\n")
	write("hf/token", "hf_hfhome\n")
	write("xdg/huggingface/token", "hf_xdg")
	write("$NO_SUCH/hf/token", "hf_unset")
	own := write("own", " hf_own \n")
	empty := write("empty", "\n")

	type env map[string]string
	for _, tc := range []struct {
		env  env
		want Options
		err  string
	}{
		{env{}, Options{}, ""},
		{env{"HF_TOKEN": " hf_a\n"}, Options{Token: "hf_a"}, ""},
		{env{"HF_TOKEN": "", "HUGGING_FACE_HUB_TOKEN": "hf_b", "HF_TOKEN_PATH": own}, Options{Token: "hf_b"}, ""},
		{env{"HF_TOKEN_PATH": own, "HF_HOME": home + "/hf"}, Options{Token: "hf_own"}, ""},
		{env{"HF_TOKEN_PATH": home + "/none", "HF_HOME": home + "/hf"}, Options{}, ""},
		{env{"HF_TOKEN_PATH": empty}, Options{}, ""},
		{env{"HF_TOKEN_PATH": home}, Options{}, "HF_TOKEN_PATH"},
		{env{"HF_HOME": "~/hf", "HOME": home}, Options{Token: "hf_hfhome"}, ""},
		{env{"HF_HOME": " ${BASE}/hf\t", "BASE": home}, Options{Token: "hf_hfhome"}, ""},
		{env{"HF_HOME": "$BASE/$NO_SUCH/hf", "BASE": home}, Options{Token: "hf_unset"}, ""}, // it stays as it is
		{env{"HF_TOKEN_PATH": "~no.such.user/own", "HOME": home}, Options{}, ""},
		{env{"HF_TOKEN_PATH": "\n" + own + " "}, Options{Token: "hf_own"}, ""},
		{env{"HF_ENDPOINT": " http://mirror.example\r\n", "HF_HUB_OFFLINE": " 1 "}, Options{Endpoint: "http://mirror.example", Offline: "HF_HUB_OFFLINE=1"}, ""},
		{env{"HF_TOKEN": "hf_a", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "true "}, Options{}, ""},
		{env{"HOME": home, "XDG_CACHE_HOME": home + "/xdg"}, Options{Token: "hf_xdg"}, ""},
		{env{"HOME": home}, Options{Token: "hf_home"}, ""},
		{env{"HF_TOKEN": "hf_a", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "0"}, Options{Token: "hf_a"}, ""},
		{env{"TRANSFORMERS_OFFLINE": "on"}, Options{Offline: "TRANSFORMERS_OFFLINE=on"}, ""},
		{env{"HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "no"}, Options{}, ""},
		{env{"HF_HUB_DOWNLOAD_TIMEOUT": "30"}, Options{Timeout: 30 * time.Second}, ""},
		{env{"HF_HUB_DOWNLOAD_TIMEOUT": "30", "HF_HUB_ETAG_TIMEOUT": "2.5"}, Options{Timeout: 2500 * time.Millisecond}, ""},
		{env{"HF_HUB_DOWNLOAD_TIMEOUT": "0"}, Options{}, `HF_HUB_DOWNLOAD_TIMEOUT="0": want a number of seconds`},
		{env{"HF_HUB_ETAG_TIMEOUT": "10s"}, Options{}, `HF_HUB_ETAG_TIMEOUT="10s"`},
	} {
		for _, name := range []string{
			"HF_ENDPOINT", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME", "XDG_CACHE_HOME", "HOME", "BASE",
			"HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_API_DISABLED", "USE_STATIC_REGISTRY",
			"HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_ETAG_TIMEOUT",
		} {
			t.Setenv(name, tc.env[name])
		}
		got, err := FromEnv()
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%v: %v, want %s", tc.env, err, tc.err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%v: got %+v, %v, want %+v", tc.env, got, err, tc.want)
		}
	}
}

// A ~ before a name is that user's home directory.
func TestHomeOfAUser(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("HF_HOME", "~"+me.Username+"/hf")
	if got, want := Home(), me.HomeDir+"/hf"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMaxAge(t *testing.T) {
	const name, day = "MAX_REGISTRY_AGE_DAYS", 24 * time.Hour
	for days, want := range map[string]time.Duration{"": 7 * day, " 30 ": 30 * day, "0": 0, "0.5": day / 2, "-1": -1, "36501": -1, "NaN": -1, "soon": -1} {
		t.Setenv(name, days)
		got, err := MaxAge()
		if want < 0 && (err == nil || !strings.Contains(err.Error(), name)) || want >= 0 && (err != nil || got != want) {
			t.Errorf("%q: %s, %v, want %s", days, got, err, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, tc := range []struct {
		opts Options
		says string
	}{
		{Options{Endpoint: "huggingface.co"}, "HF_ENDPOINT"},
		{Options{Endpoint: "ftp://huggingface.co"}, "HF_ENDPOINT"},
		{Options{Endpoint: "https://"}, "HF_ENDPOINT"},
		{Options{Endpoint: "https://:443"}, "HF_ENDPOINT"},
		{Options{Endpoint: "https://h.example/?a=b"}, "HF_ENDPOINT"},
		{Options{Endpoint: "https://h.example/#a"}, "HF_ENDPOINT"},
		{Options{Endpoint: "https://me:sesame@h.example"}, "HF_ENDPOINT"},
		{Options{Endpoint: "https://me:sesame@h.example\x7f"}, "HF_ENDPOINT"},
		{Options{Token: "hf_sesame\nX-Evil: 1"}, "HF_TOKEN"},
		{Options{Token: "hf_sesame é"}, "HF_TOKEN"},
		{Options{Token: `"hf_sesame"`}, "HF_TOKEN"},
	} {
		if _, err := New(tc.opts); err == nil || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%+v: %v, want %s and no secret", tc.opts, err, tc.says)
		}
	}
}
