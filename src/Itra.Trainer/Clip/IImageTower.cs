using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

internal interface IImageTower
{
    /// <summary>Side of the square images it takes, in pixels.</summary>
    int ImageSize { get; }

    /// <summary>Layers that layer-wise learning-rate decay counts.</summary>
    int LayerCount { get; }

    IEnumerable<TensorPlan> Plan();

    Tensor Forward(ModelTensors w, Tensor x, bool batchStatistics);
}
