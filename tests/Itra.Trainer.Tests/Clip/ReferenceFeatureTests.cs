using Itra.Trainer.Clip;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Clip;

[Trait(Fixtures.Category, Fixtures.Name)]
public class ReferenceFeatureTests
{
    private const double Tolerance = 1e-5;

    // A theory without rows fails; this row is skipped, saying what is not there.
    public static TheoryData<string> Folders => [.. Fixtures.ModelFolders().DefaultIfEmpty("*")];

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void Features_and_logits_equal_the_reference(string folder)
    {
        using var reference = new ReferenceModel(folder);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var expected = reference.Expected("eval_image_features.npy");
        var (images, tokens) = reference.Batch(0, (int)expected.size(0));

        var image = reference.Model.EncodeImage(reference.Weights, images, batchStatistics: false);
        var text = reference.Model.EncodeText(reference.Weights, tokens);

        Closeness.AssertClose(expected, image, Tolerance, "image features");
        Closeness.AssertClose(reference.Expected("eval_text_features.npy"), text, Tolerance, "text features");
        Closeness.AssertClose(reference.Expected("eval_logits_per_image.npy"), InfoNce.Logits(image, text, reference.Weights[ClipModel.LogitScale]), Tolerance, "logits");
    }

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void With_exact_GELU_the_features_are_the_reference_s_too(string folder)
    {
        using var reference = new ReferenceModel(folder, quickGelu: false);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var expected = reference.Expected("eval_image_features_gelu.npy");
        var (images, tokens) = reference.Batch(0, (int)expected.size(0));

        Closeness.AssertClose(expected, reference.Model.EncodeImage(reference.Weights, images, false), Tolerance, "image features");
        Closeness.AssertClose(reference.Expected("eval_text_features_gelu.npy"), reference.Model.EncodeText(reference.Weights, tokens), Tolerance, "text features");
    }

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void In_training_mode_the_image_features_are_the_reference_s(string folder)
    {
        using var reference = new ReferenceModel(folder);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var expected = reference.Expected("trainmode_image_features.npy");
        var (images, _) = reference.Batch(0, (int)expected.size(0));

        Closeness.AssertClose(expected, reference.Model.EncodeImage(reference.Weights, images, batchStatistics: true), Tolerance, "image features");
    }
}
