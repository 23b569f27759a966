package main

import "testing"

func TestParameterRange(t *testing.T) {
	for s, want := range map[string][2]int64{
		"min:1M,max:6B":    {1e6, 6e9},
		"max:6b":           {0, 6e9},
		"min:1.5k":         {1500, 0},
		"max:7, min:7":     {7, 7},
		"max:1T":           {0, 1e12},
		"min:1000000":      {1e6, 0},
		"min:0.000001T":    {1e6, 0},
		"6B":               {-1, -1},
		"min:":             {-1, -1},
		"min:0":            {-1, -1},
		"min:-1":           {-1, -1},
		"min:1e9":          {-1, -1},
		"min:inf":          {-1, -1},
		"min:99999999999T": {-1, -1},
		"min:2M,max:1M":    {-1, -1},
		"min:1,min:2":      {-1, -1},
		"mid:1":            {-1, -1},
		",":                {-1, -1},
		"MAX:6B":           {-1, -1},
	} {
		low, high, err := parameterRange(s)
		if bad := want[0] < 0; bad != (err != nil) || !bad && [2]int64{low, high} != want {
			t.Errorf("%q: %d to %d, %v; want %d", s, low, high, err, want)
		}
	}
}
