using Itra.Trainer.Distributed;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>
/// The loss over the pairs of all ranks, and its gradient in closed form. A rank compares its own n pairs with all N = n·W and never holds
/// more than a few rows of that; what the gradient needs of the others, two numbers a pair, is exchanged. Autograd has no part in it, so that
/// nothing has to be sent backwards.
/// </summary>
/// <param name="Loss">scalar float64: mean over the N pairs of both directions, in nats; alike on all ranks</param>
/// <param name="Image">(n, E): gradient by this rank's image features</param>
/// <param name="Text">(n, E): gradient by its text features</param>
/// <param name="LogitScale">scalar: this rank's part of the gradient by the logit scale; the parts of all ranks add up to it</param>
internal sealed record GlobalInfoNce(Tensor Loss, Tensor Image, Tensor Text, Tensor LogitScale)
{
    /// <summary>Elements of a block of logits: 64 MB, which stays out of everybody's way and is long enough for a matrix product.</summary>
    private const long LargestBlock = 1 << 24;

    /// <param name="image">(n, E) float32, rows of length one</param>
    /// <param name="text">(n, E) float32, rows of length one; row i belongs to row i of <paramref name="image"/></param>
    /// <param name="logitScale">scalar; its exponential multiplies the cosines</param>
    /// <param name="blockRows">Rows of logits at a time; 0 for as many as are good.</param>
    public static GlobalInfoNce Of(Tensor image, Tensor text, Tensor logitScale, ICollective ranks, long blockRows = 0, IKernels? kernels = null)
    {
        kernels ??= TorchKernels.Instance;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor images = ranks.Gather(image), texts = ranks.Gather(text);                             // (N, E)
        var scale = logitScale.exp();
        long own = image.size(0), all = images.size(0);
        var rows = blockRows > 0 ? blockRows : Math.Max(1, LargestBlock / all);
        var blocks = Enumerable.Range(0, (int)((own + rows - 1) / rows)).Select(b => (Start: b * rows, Length: Math.Min(rows, own - b * rows))).ToList();

        Tensor Logits(Tensor mine, Tensor theirs, (long Start, long Length) block) => mine.narrow(0, block.Start, block.Length).matmul(theirs.t()) * scale;

        Tensor LogSums(Tensor mine, Tensor theirs) => cat(blocks.ConvertAll(block =>
        {
            using var inner = NewDisposeScope();
            return kernels.LogSumExp(Logits(mine, theirs, block)).MoveToOuterDisposeScope();
        }));

        Tensor byImage = LogSums(image, texts), byText = LogSums(text, images);                      // (n)
        var matches = (image * text).sum(1) * scale;                                                 // (n): each pair's own logit
        var everybodys = ranks.Gather(stack([byImage, byText, matches], 1));                         // (N, 3)
        Tensor allByImage = everybodys.select(1, 0), allByText = everybodys.select(1, 1);
        var loss = allByImage.Plus(allByText).Plus(everybodys.select(1, 2), -2).mean().to(ScalarType.Float64).Divide(2);

        // Both softmaxes over 2N; what the pair's own logit gets besides, -1/N, is taken off at the end.
        (Tensor Gradient, Tensor ByScale) Backward(Tensor mine, Tensor theirs, Tensor logSums, Tensor theirLogSums)
        {
            List<Tensor> parts = [];
            var byScale = zeros([], image.dtype, image.device);
            foreach (var block in blocks)
            {
                using var inner = NewDisposeScope();
                var logits = Logits(mine, theirs, block);                                            // (block, N)
                var shares = logits.Plus(logSums.narrow(0, block.Start, block.Length).unsqueeze(1), -1).exp_()
                    .Add(logits.Plus(theirLogSums.unsqueeze(0), -1).exp_()).Divide(2 * all);
                byScale.Add((shares * logits).sum());
                parts.Add((shares.matmul(theirs) * scale).MoveToOuterDisposeScope());
            }
            return (cat(parts), byScale);
        }

        var (byImages, byScale) = Backward(image, texts, byImage, allByText);
        var (byTexts, _) = Backward(text, images, byText, allByImage);
        var pull = scale.DividedBy(-all);
        return new GlobalInfoNce(loss.MoveToOuterDisposeScope(),
            byImages.Add(text * pull).MoveToOuterDisposeScope(), byTexts.Add(image * pull).MoveToOuterDisposeScope(),
            byScale.Add(matches.sum(), -1.0 / all).MoveToOuterDisposeScope());
    }
}
