module vidjil.org/vidjil

go 1.26.0
