using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Optimization;

/// <summary>Limited-memory BFGS with a backtracking line search, for smooth functions. Source: Nocedal and Wright 2006, algorithm 7.4.</summary>
internal static class Lbfgs
{
    private const int Memory = 10, MostHalvings = 40;
    private const double SufficientDecrease = 1e-4, Curvature = 1e-10;

    /// <param name="start">(P,); not changed</param>
    /// <param name="function">Value and gradient (P,) at a point.</param>
    /// <param name="tolerance">Stop when no component of the gradient is larger.</param>
    /// <returns>(P,): the best point found; it is a minimum unless the iterations ran out</returns>
    public static Tensor Minimise(Tensor start, Func<Tensor, (double Value, Tensor Gradient)> function, int iterations, double tolerance = 1e-5)
    {
        using var scope = NewDisposeScope();
        var history = new Queue<(Tensor Step, Tensor Change, double Product)>();
        var point = start.clone();
        var (value, gradient) = function(point);
        for (var i = 0; i < iterations && gradient.abs().max().item<float>() > tolerance; i++)
        {
            using var inner = NewDisposeScope();
            var direction = Direction(gradient, history);
            var slope = Dot(direction, gradient);
            // Nothing is known of the function's scale before the first step.
            var length = history.Count == 0 ? Math.Min(1, 1 / gradient.norm().item<float>()) : 1.0;
            var (next, nextValue, nextGradient) = (point, value, gradient);
            for (var halvings = 0; halvings < MostHalvings; halvings++, length /= 2)
            {
                next = point.Plus(direction, length);
                (nextValue, nextGradient) = function(next);
                if (nextValue <= value + SufficientDecrease * length * slope) break;
            }
            // float32 cannot tell any better point apart.
            if (!(nextValue < value)) break;

            Tensor step = next.sub(point), change = nextGradient.sub(gradient);
            var product = Dot(step, change);
            if (product > Curvature * Dot(step, step))
            {
                history.Enqueue((step.MoveToOuterDisposeScope(), change.MoveToOuterDisposeScope(), product));
                if (history.Count > Memory)
                {
                    var (oldStep, oldChange, _) = history.Dequeue();
                    oldStep.Dispose();
                    oldChange.Dispose();
                }
            }
            point.Dispose();
            gradient.Dispose();
            (point, value, gradient) = (next.MoveToOuterDisposeScope(), nextValue, nextGradient.MoveToOuterDisposeScope());
        }
        return point.MoveToOuterDisposeScope();
    }

    /// <summary>Minus the gradient times the estimated inverse Hessian: the two-loop recursion.</summary>
    private static Tensor Direction(Tensor gradient, IEnumerable<(Tensor Step, Tensor Change, double Product)> history)
    {
        var newestFirst = history.Reverse().ToList();
        var direction = gradient.neg();
        var factors = new double[newestFirst.Count];
        for (var i = 0; i < factors.Length; i++)
        {
            factors[i] = Dot(newestFirst[i].Step, direction) / newestFirst[i].Product;
            direction.Add(newestFirst[i].Change, -factors[i]);
        }
        if (newestFirst is [var newest, ..]) direction.Multiply(newest.Product / Dot(newest.Change, newest.Change));
        for (var i = factors.Length - 1; i >= 0; i--)
            direction.Add(newestFirst[i].Step, factors[i] - Dot(newestFirst[i].Change, direction) / newestFirst[i].Product);
        return direction;
    }

    private static double Dot(Tensor a, Tensor b) => a.dot(b).item<float>();
}
