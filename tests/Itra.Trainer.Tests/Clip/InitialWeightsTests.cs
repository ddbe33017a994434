using Itra.Domain;
using Itra.Trainer.Clip;
using Itra.Trainer.Models;
using Itra.Trainer.Tests.Models;

namespace Itra.Trainer.Tests.Clip;

public class InitialWeightsTests
{
    [Fact]
    public void Published_weights_are_found_where_the_original_has_downloaded_them()
    {
        using var folder = new ScratchFolder();
        var library = new ModelLibrary(folder.File("models"));
        Dictionary<string, string> settings = new()
        {
            ["image_model"] = "ViT-L-14-336", ["text_model"] = "ViT-L-14-336", ["pretrained_image_model"] = "true", ["train_data"] = "none", ["cache_dir"] = folder.File("weights"),
        };
        var missing = Assert.Throws<UserErrorException>(() => InitialWeights.MustExist(ClipConfig.Parse(settings), library));
        Assert.Contains("no weights for ViT-L-14-336", missing.Message, StringComparison.Ordinal);

        Directory.CreateDirectory(folder.File("weights/open_clip"));
        File.WriteAllBytes(folder.File("weights/open_clip/ViT-L-14-336px.pt"), []);
        InitialWeights.MustExist(ClipConfig.Parse(settings), library);
    }
}
