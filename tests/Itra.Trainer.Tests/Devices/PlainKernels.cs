using Itra.Trainer.Clip;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Tests.Devices;

/// <summary>The same from operations that every device has.</summary>
internal sealed class PlainKernels : IKernels
{
    /// <summary>The place of the kernel by place: a strided slice of the picture, and a matrix product.</summary>
    public Tensor Conv(Tensor x, Tensor weight, long stride, long padding)
    {
        var padded = padding == 0 ? x : F.pad(x, (padding, padding, padding, padding));
        var kernel = weight.size(2);
        long height = (padded.size(2) - kernel) / stride + 1, width = (padded.size(3) - kernel) / stride + 1;
        Tensor? sum = null;
        for (long i = 0; i < kernel; i++)
        {
            for (long j = 0; j < kernel; j++)
            {
                var seen = padded.slice(2, i, i + (height - 1) * stride + 1, stride).slice(3, j, j + (width - 1) * stride + 1, stride);
                var part = seen.permute(0, 2, 3, 1).matmul(weight.select(3, j).select(2, i).t());
                sum = sum is null ? part : sum.add(part);
            }
        }
        return sum!.permute(0, 3, 1, 2);
    }

    public Tensor BatchNorm(Tensor x, Tensor mean, Tensor variance, Tensor weight, Tensor bias, bool batchStatistics, double momentum, double epsilon)
    {
        Tensor PerChannel(Tensor t) => t.view(1, -1, 1, 1);
        if (batchStatistics)
        {
            var count = x.numel() / x.size(1);
            Tensor here = x.mean([0L, 2, 3]), spread = x.sub(PerChannel(here)).square().mean([0L, 2, 3]);
            mean.mul_(1 - momentum).add_(here.detach(), momentum);
            variance.mul_(1 - momentum).add_(spread.detach(), momentum * count / (count - 1));
            (mean, variance) = (here, spread);
        }
        return x.sub(PerChannel(mean)).div(PerChannel(variance.add(epsilon).sqrt())).mul(PerChannel(weight)).add(PerChannel(bias));
    }

    public Tensor LayerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon)
    {
        var centred = x.sub(x.mean([-1L], keepdim: true));
        return centred.div(centred.square().mean([-1L], keepdim: true).add(epsilon).sqrt()).mul(weight).add(bias);
    }

    public Tensor Embedding(Tensor table, Tensor numbers) => table.gather(0, numbers.unsqueeze(1).expand(numbers.size(0), table.size(1)));

    public Tensor LogSumExp(Tensor rows)
    {
        var largest = rows.amax([1L], keepdim: true);
        return rows.sub(largest).exp().sum(1).log().add(largest.squeeze(1));
    }

    public Tensor UnitLength(Tensor rows) => rows.div(rows.square().sum([-1L], keepdim: true).sqrt());

    public Tensor Attention(Tensor query, Tensor key, Tensor value, bool causal)
    {
        var scores = query.matmul(key.transpose(-2, -1)).div(Math.Sqrt(query.size(-1)));
        if (causal) scores = scores.add(full([query.size(-2), key.size(-2)], float.NegativeInfinity, device: query.device).triu(1));
        return scores.softmax(-1).matmul(value);
    }
}
