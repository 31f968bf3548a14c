using IoTStream.Dsl;

namespace IoTStream.Simulation.Jobs;

/// <summary>A random topology: steps one after another, each of which can rely on what the earlier ones leave to rely on.</summary>
/// <param name="Draws">What each step is drawn from.</param>
internal sealed record Composition(IReadOnlyList<int> Draws)
{
    public static Composition Draw(Random random) => new([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next())]);

    /// <summary>Without one of the steps; those behind it can become others.</summary>
    public IEnumerable<Composition> Shrink() =>
        Draws.Count == 1 ? [] : Draws.Select((_, index) => new Composition([.. Draws.Where((_, other) => other != index)]));

    public Pipeline ToPipeline() => new(ToString(), Compose) { MayBeClosed = Chosen().All(chosen => chosen.Step.IsRecordByRecord) };

    /// <summary>The names of the steps.</summary>
    public override string ToString() => string.Join(" > ", Chosen().Select(chosen => chosen.Step.Name));

    private void Compose(Draft draft)
    {
        DataStream<Reading> stream = draft.Readings;
        foreach ((Step step, Traits traits, Random random, int number) in Chosen())
        {
            string name = $"{step.Name} {number}";
            stream = step.Add(new StepPlace(draft, stream, traits, name, random));
            if (number == Draws.Count || random.Next(3) == 0)
            {
                draft.Give(stream.Select(reading => $"{name}: {reading}"));
            }
        }
    }

    private IEnumerable<(Step Step, Traits Traits, Random Random, int Number)> Chosen()
    {
        Traits traits = Traits.All;
        for (int i = 0; i < Draws.Count; i++)
        {
            var random = new Random(Draws[i]);
            Step[] fitting = [.. Steps.All.Where(step => traits.HasFlag(step.Needs))];
            Step step = fitting[random.Next(fitting.Length)];
            yield return (step, traits, random, i + 1);
            traits &= step.Keeps;
        }
    }
}
