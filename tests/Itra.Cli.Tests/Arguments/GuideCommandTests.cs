using Itra.Cli.Arguments;
using Itra.Domain;

namespace Itra.Cli.Tests.Arguments;

/// <summary>Every command line of the fine-tuning guide, as a shell hands it on.</summary>
public class GuideCommandTests
{
    private static readonly Dictionary<string, string> Common = new()
    {
        ["nproc_per_node"] = "8", ["train_data"] = "mscoco_captions", ["retrieval_data"] = "mscoco_captions", ["retrieval_frequency"] = "1",
        ["datasets_dir"] = "/data/Datasets", ["workers"] = "2", ["warmup"] = "100", ["max_grad_norm"] = "5",
        ["image_model"] = "RN50", ["image_model_builder"] = "openclip", ["text_model"] = "RN50", ["text_model_builder"] = "openclip",
        ["pretrained_image_model"] = "true", ["pretrained_text_model"] = "true", ["loss"] = "InfoNCE", ["report_to"] = "tensorboard",
    };

    private const string CommonWords = "--nproc_per_node 8 --train-data mscoco_captions --retrieval-data mscoco_captions --retrieval-frequency 1 --datasets-dir /data/Datasets "
        + "--warmup 100 --max-grad-norm 5 --image-model RN50 --image-model-builder openclip --text-model RN50 --text-model-builder openclip "
        + "--pretrained-image-model --pretrained-text-model --loss InfoNCE --report-to tensorboard ";

    private const string PartialWords = "--epochs 15 --batch-size 224 --lr 7e-5 --weight_decay 1.0 --lock-image-model "
        + "--lock-text-partial positional_embedding,token_embedding --lock-image-partial !attnpool,!layer4 ";

    private static readonly Dictionary<string, string> Partial = new()
    {
        ["epochs"] = "15", ["batch_size"] = "224", ["lr"] = "7e-5", ["weight_decay"] = "1.0", ["lock_image_model"] = "true",
        ["lock_text_partial"] = "positional_embedding,token_embedding", ["lock_image_partial"] = "!attnpool,!layer4",
    };

    private static void Expect(string words, params IEnumerable<KeyValuePair<string, string>>[] expected) => Assert.Equal(
        expected.SelectMany(e => e).OrderBy(e => e.Key, StringComparer.Ordinal),
        Read(words).OrderBy(e => e.Key, StringComparer.Ordinal));

    private static IEnumerable<KeyValuePair<string, string>> Read(string words) =>
        TrainSettings.Read(words.Split(' ', StringSplitOptions.RemoveEmptyEntries)) is var settings ? settings.Values.Concat(settings.Own) : [];

    [Fact]
    public void The_naive_baseline() => Expect(
        CommonWords + "--workers 2 --epochs 10 --save-frequency 0 --batch-size 32 --lr 1e-5 --weight_decay 0.5 --logs logs/MSCOCO-RN50 --name 10ep-bs256-lr1e-5-wd0.5",
        Common, new Dictionary<string, string>
        {
            ["epochs"] = "10", ["save_frequency"] = "0", ["batch_size"] = "32", ["lr"] = "1e-5", ["weight_decay"] = "0.5",
            ["logs"] = "logs/MSCOCO-RN50", ["name"] = "10ep-bs256-lr1e-5-wd0.5",
        });

    [Fact]
    public void The_improved_baseline() => Expect(
        CommonWords + "--workers 2 --epochs 15 --save-frequency 0 --batch-size 100 --lr 3125e-8 --weight_decay 1.0 --logs logs/MSCOCO-RN50 --name 15ep-bs800-lr3125e-8-wd1.0",
        Common, new Dictionary<string, string>
        {
            ["epochs"] = "15", ["save_frequency"] = "0", ["batch_size"] = "100", ["lr"] = "3125e-8", ["weight_decay"] = "1.0",
            ["logs"] = "logs/MSCOCO-RN50", ["name"] = "15ep-bs800-lr3125e-8-wd1.0",
        });

    [Fact]
    public void Partial_locks_with_a_name_full_of_signs() => Expect(
        CommonWords + PartialWords + "--workers 4 --save-frequency 15 --logs logs/MSCOCO-RN50-partial "
        + "--name save-lock-image(!attnpool,!layer4)-lock-text(positional_embedding,token_embedding)-bs1792-lr7e-5",
        Common.Where(c => c.Key != "workers"), Partial, new Dictionary<string, string>
        {
            ["workers"] = "4", ["save_frequency"] = "15", ["logs"] = "logs/MSCOCO-RN50-partial",
            ["name"] = "save-lock-image(!attnpool,!layer4)-lock-text(positional_embedding,token_embedding)-bs1792-lr7e-5",
        });

    [Fact]
    public void Layer_wise_decay() => Expect(
        CommonWords + PartialWords + "--workers 2 --save-frequency 0 --logs logs/MSCOCO-RN50-LLDR --name layer_decay_text=0.95 --layer_decay_text 0.95",
        Common, Partial, new Dictionary<string, string>
        {
            ["save_frequency"] = "0", ["logs"] = "logs/MSCOCO-RN50-LLDR", ["name"] = "layer_decay_text=0.95", ["layer_decay_text"] = "0.95",
        });

    [Fact]
    public void Moving_average() => Expect(
        CommonWords + PartialWords + "--workers 2 --save-frequency 0 --model_ema --model_ema_decay 0.998 --logs logs/MSCOCO-RN50-EMA --name model_ema_decay=0.998",
        Common, Partial, new Dictionary<string, string>
        {
            ["save_frequency"] = "0", ["model_ema"] = "true", ["model_ema_decay"] = "0.998", ["logs"] = "logs/MSCOCO-RN50-EMA", ["name"] = "model_ema_decay=0.998",
        });

    [Fact]
    public void Weight_space_ensemble() => Expect(
        "--zeroshot-frequency 1 --retrieval-frequency 1 --retrieval-data mscoco_captions --datasets-dir /data/Datasets --image-model RN50 --image-model-builder openclip "
        + "--text-model RN50 --text-model-builder openclip --pretrained-image-model --pretrained-text-model --resume logs/a/checkpoints/epoch_15.pt "
        + "--eval-with-wise-ft 0.5 --logs logs/MSCOCO-RN50-WiseFT --name zs+retrieval-WiseFT=0.5",
        new Dictionary<string, string>
        {
            ["zeroshot_frequency"] = "1", ["retrieval_frequency"] = "1", ["retrieval_data"] = "mscoco_captions", ["datasets_dir"] = "/data/Datasets",
            ["image_model"] = "RN50", ["image_model_builder"] = "openclip", ["text_model"] = "RN50", ["text_model_builder"] = "openclip",
            ["pretrained_image_model"] = "true", ["pretrained_text_model"] = "true", ["resume"] = "logs/a/checkpoints/epoch_15.pt",
            ["eval_with_wise_ft"] = "0.5", ["logs"] = "logs/MSCOCO-RN50-WiseFT", ["name"] = "zs+retrieval-WiseFT=0.5",
        });

    [Fact]
    public void Remote_sensing_from_tables() => Expect(
        "--nproc_per_node 8 --train-data /data/rsicd_train.csv --images-dir /data/images --csv-separator \\t --csv-img-key filename --csv-caption-key title "
        + "--retrieval-data /data/rsicd_test.csv --retrieval-images-dir /data/images --retrieval-csv-separator \\t --retrieval-csv-img-key filename "
        + "--retrieval-csv-caption-key title --epochs 30 --batch-size 16 --lr 1e-6 --image-model ViT-L-14-336 --text-model ViT-L-14-336 --lock-image-model --lock-text-model "
        + "--lock-image-partial !ln_post,!resblocks.23 --lock-text-partial !text_projection,!ln_final --layer_decay_image 0.9 --layer_decay_text 0.9",
        new Dictionary<string, string>
        {
            ["nproc_per_node"] = "8", ["train_data"] = "/data/rsicd_train.csv", ["images_dir"] = "/data/images", ["csv_separator"] = "\\t", ["csv_img_key"] = "filename",
            ["csv_caption_key"] = "title", ["retrieval_data"] = "/data/rsicd_test.csv", ["retrieval_images_dir"] = "/data/images", ["retrieval_csv_separator"] = "\\t",
            ["retrieval_csv_img_key"] = "filename", ["retrieval_csv_caption_key"] = "title", ["epochs"] = "30", ["batch_size"] = "16", ["lr"] = "1e-6",
            ["image_model"] = "ViT-L-14-336", ["text_model"] = "ViT-L-14-336", ["lock_image_model"] = "true", ["lock_text_model"] = "true",
            ["lock_image_partial"] = "!ln_post,!resblocks.23", ["lock_text_partial"] = "!text_projection,!ln_final", ["layer_decay_image"] = "0.9", ["layer_decay_text"] = "0.9",
        });

    [Theory]
    [InlineData("–config-yaml ‘logs/params.yml’ –name ‘custom-name’", "itra train --config-yaml logs/params.yml --name custom-name")]
    [InlineData("–text-model-builder ‘openclip’–pretrained-image-model –lr 1e-4 –prompt –n-prompt 4 –logs ‘logs/test’",
        "itra train --text-model-builder openclip --pretrained-image-model --lr 1e-4 --prompt --n-prompt 4 --logs logs/test")]
    public void Commands_that_the_web_page_garbled_are_answered_with_what_was_meant(string words, string meant) =>
        Assert.EndsWith("did you mean: " + meant, Assert.Throws<UserErrorException>(() => TrainSettings.Read(words.Split(' '))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_experiment_is_the_last_part_of_logs_unless_it_is_named()
    {
        string[] words = ["--train-data", "mscoco_captions", "--image-model", "RN50", "--text-model", "RN50", "--logs", "logs/MSCOCO-RN50/", "--name", "a", "--seed", "7"];
        var request = TrainRequest.Read(words);
        Assert.Equal(("clip", "MSCOCO-RN50", "a", 7), (request.Trainer, request.Experiment, request.Config.Name, request.Config.Seed));
        Assert.Equal("heads", TrainRequest.Read([.. words, "--experiment", "heads"]).Experiment);
    }
}
