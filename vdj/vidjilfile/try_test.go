package vidjilfile
import ("testing";"os";"fmt";"time")
func TestTry(t *testing.T){
 for _,f:=range []string{"Demo-X5-no-clone.vidjil","analysis-example.vidjil","demo_lil_l3_tutorial.vidjil.gz"} {
  r,err:=os.Open("../../../shared/data/vidjil-files/"+f); if err!=nil {t.Fatal(err)}
  t0:=time.Now()
  x,err:=Read(r); fmt.Println("==",f,err,time.Since(t0)); if err!=nil {continue}
  fmt.Println(len(x.Clones), x.Version, x.Samples.Number, len(x.Extra))
  for _,g:=range x.Lint(LintOptions{PerCode:3}) { fmt.Println(g) }
 }
 r,_:=os.Open("../../../shared/data/vidjil-files/demo_lil_l3_tutorial.analysis")
 a,err:=ReadAnalysis(r); fmt.Println(err); a.Write(os.Stdout)
}
