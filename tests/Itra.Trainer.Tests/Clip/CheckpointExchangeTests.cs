using Itra.Domain.Runs;
using Itra.Trainer.Clip;
using Itra.Trainer.Models;
using Itra.Trainer.Tests.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Clip;

/// <summary>The original goes on from our checkpoints, and we from the original's, optimizer included.</summary>
public sealed class CheckpointExchangeTests : IDisposable
{
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();

    // A theory without rows fails; this row is skipped, saying what is not there.
    public static TheoryData<string, string> Originals
    {
        get
        {
            var files = new TheoryData<string, string>();
            foreach (var folder in Fixtures.ModelFolders())
                foreach (var file in Directory.GetFiles(Path.Combine(Fixtures.Root, folder), "checkpoint_epoch_*.pt")) files.Add(folder, Path.GetFileName(file));
            if (!files.Any()) files.Add("*", "checkpoint_epoch_*.pt");
            return files;
        }
    }

    public void Dispose() => scope.Dispose();

    [Theory]
    [Trait(Fixtures.Category, Fixtures.Name)]
    [MemberData(nameof(Originals), DisableDiscoveryEnumeration = true)]
    public void The_original_s_checkpoint_is_gone_on_from_with_its_optimizer(string folder, string file)
    {
        var path = Fixtures.Find(folder, file);
        using var reference = new ReferenceModel(folder, settings: s => (s["resume"], s["epochs"]) = (path, "99"));
        using var start = StartingCheckpoint.Open(reference.Config)!;
        using var saved = SavedCheckpoint.Open(path);
        start.CopyTo(reference.Weights, reference.Model.Activations);
        using var learner = new ClipLearner(reference.Model, reference.Weights, reference.Config, totalSteps: 1000);
        start.CopyTo(learner, batchesPerEpoch: 20);
        var log = new Remarks();
        var begin = start.Begin(20, log);

        Assert.Equal(((int)saved.Epoch, 0), (begin.Epoch, begin.Differences.Count));
        Assert.Empty(log.Warnings);
        using var weights = saved.ReadWeights();
        Assert.All(reference.Model.Plan, p => TensorAssert.Same(weights[p.Name], learner.Weights[p.Name].detach(), p.Name));
        foreach (var (number, plan) in learner.Parameters.Groups.SelectMany(g => g.Parameters).Index())
        {
            var state = saved.Optimizer!.State[number];
            Assert.Equal(saved.Load((TensorRef)state["step"]!).item<float>(), learner.Optimizer.Updates);
            foreach (var (key, buffer) in learner.Optimizer.State) TensorAssert.Same(saved.Load((TensorRef)state[key]!), learner.Parameters.View(buffer, plan.Name), $"{key} of {plan.Name}");
        }
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("sgd")]
    public void PyTorch_s_optimizer_takes_ours_and_we_take_what_it_saves_after_a_step(string kind)
    {
        PythonTorch.SkipIfAbsent();
        using var world = new TinyWorld();
        (string, string)[] settings = [("opt", kind), ("retrieval_frequency", "0"), ("weight_decay", "0.3"), ("layer_decay_text", "0.5")];
        _ = world.Train(world.Spec(settings), TestContext.Current.CancellationToken).ToList();
        string ours = Path.Combine(world.Logs, "tiny", "checkpoints", "epoch_1.pt"), theirs = Path.Combine(world.Logs, "theirs.pt");
        var result = PythonTorch.Run($"""
            import torch, collections
            c = torch.load({PythonTorch.Quoted(ours)})
            weights, names = c['state_dict'], c['itra']['parameters']
            parameters = [torch.nn.Parameter(weights[n].clone()) for n in names]
            groups = [dict(params=[parameters[i] for i in g['params']], lr_scale=g['lr_scale'], weight_decay=g['weight_decay']) for g in c['optimizer']['param_groups']]
            optimizer = torch.optim.AdamW(groups) if '{kind}' == 'adamw' else torch.optim.SGD(groups, lr=1, momentum=0.9, nesterov=True)
            optimizer.load_state_dict(c['optimizer'])
            for g in optimizer.param_groups: g['lr'] = 1e-3 * g['lr_scale']
            for p in parameters: p.grad = p.detach() * 0.5
            optimizer.step()
            weights.update((n, p.detach()) for n, p in zip(names, parameters))
            wrapped = collections.OrderedDict(('module.' + n, w) for n, w in weights.items())
            torch.save(dict(epoch=c['epoch'], name='theirs', state_dict=wrapped, optimizer=optimizer.state_dict(), scaler=dict()), {PythonTorch.Quoted(theirs)})
            """);
        Assert.True(result.ExitCode == 0, result.Error);

        using ClipLearner mine = Resume(world, ours, settings), back = Resume(world, theirs, settings);
        using (no_grad()) mine.Parameters.Gradient.copy_(mine.Parameters.Data * 0.5);
        mine.Optimizer.Step(1e-3);
        Closeness.AssertClose(back.Parameters.Data, mine.Parameters.Data, 1e-6, "weights");
        Assert.All(mine.Optimizer.State, s => Closeness.AssertClose(back.Optimizer.State[s.Key], s.Value, 1e-6, s.Key));
        if (kind == "adamw") Assert.Equal(mine.Optimizer.Updates, back.Optimizer.Updates);
        Assert.Equal([2], world.Train(world.Spec([.. settings, ("name", "more"), ("resume", theirs)]), TestContext.Current.CancellationToken).OfType<CompleteEpoch>().Select(e => e.Epoch));
    }

    private static ClipLearner Resume(TinyWorld world, string path, (string, string)[] settings)
    {
        var config = ClipConfig.Parse(world.Spec([.. settings, ("resume", path)]).Config);
        var family = ClipFamily.FromFile(world.ModelFile);
        var model = new ClipModel(family, family, config);
        using var start = StartingCheckpoint.Open(config)!;
        var weights = ModelTensors.Create(model.Plan, seed: 1);
        start.CopyTo(weights, model.Activations);
        var learner = new ClipLearner(model, weights, config, totalSteps: 100);
        start.CopyTo(learner, batchesPerEpoch: 2);
        Assert.Empty(start.Begin(0, new Remarks()).Differences);
        return learner;
    }

    private sealed class Remarks : IRunLog
    {
        public List<string> Warnings { get; } = [];

        public void Info(string message)
        {
        }

        public void Warn(string message) => Warnings.Add(message);
    }
}
