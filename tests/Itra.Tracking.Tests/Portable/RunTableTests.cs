using Itra.Tracking.Portable;

namespace Itra.Tracking.Tests.Portable;

public sealed class RunTableTests(PortableStore store) : IClassFixture<PortableStore>
{
    [Fact]
    public async Task Every_number_that_counts_is_a_line()
    {
        var runs = store.Recorded;
        await runs.ExportAsync(ExportFormat.Csv, "a.csv");
        var lines = await File.ReadAllLinesAsync(runs.At("a.csv"), TestContext.Current.CancellationToken);

        Assert.Equal("kind,epoch,step,dataset,weights,metric,value", lines[0]);
        var rows = lines.Skip(1).ToList();
        // Resumed after five updates: the second epoch's first attempt is superseded.
        Assert.Equal(
            [
                "metric,1,0,,,training/loss-align,2", "metric,1,1,,,training/loss-align,1.8181818181818181", "metric,1,2,,,training/loss-align,1.6666666666666667",
                "metric,1,3,,,training/loss-align,1.5384615384615383", "metric,1,4,,,training/loss-align,1.4285714285714286",
                "metric,2,5,,,training/loss-align,1.5", "metric,2,6,,,training/loss-align,NaN", "metric,2,7,,,training/loss-align,1E-300",
            ], rows.Where(r => r.Contains("loss-align", StringComparison.Ordinal)));
        Assert.Equal(
            ["score,1,5,mscoco_captions,raw,retrieval-text2image-R@10,61.5", "score,2,8,mscoco_captions,raw,retrieval-text2image-R@10,61.5"],
            rows.Where(r => r.Contains("text2image-R@10", StringComparison.Ordinal)));
        Assert.Contains("score,2,8,cifar10,ema,linear-acc,71.5", rows);
        Assert.Contains("score,2,8,\"a,b\",wise-ft 0.5,m,0.30000000000000004", rows);
        Assert.Equal(16 + 14 + 2, rows.Count);
    }
}
