using IoTStream.Dsl;
using IoTStream.Plan;

namespace IoTStream.Simulation.Jobs;

/// <summary>A topology whose output, as a set in which things can be more than once, does not depend on who is faster.</summary>
/// <param name="Name">What it tries.</param>
/// <param name="Steps">Adds the steps to a draft.</param>
internal sealed record Pipeline(string Name, Action<Draft> Steps)
{
    /// <summary>How many seconds a record can come too late; what is later would depend on who is faster.</summary>
    public const int Disorder = 5;

    /// <summary>What is to come out, worked out from all of the input at once. Null if that is not known but from a job to which nothing happens.</summary>
    public Func<IReadOnlyList<Reading>, IEnumerable<string>>? Oracle { get; init; }

    /// <summary>Whether the results are the same if a job is stopped and its windows are closed.</summary>
    public bool MayBeClosed { get; init; }

    /// <summary>A pipeline of one source.</summary>
    public static Pipeline Of(string name, Func<DataStream<Reading>, DataStream<string>> steps, Func<IReadOnlyList<Reading>, IEnumerable<string>>? oracle = null) =>
        new(name, draft => draft.Give(steps(draft.Readings))) { Oracle = oracle };

    /// <param name="world">Where it is to run.</param>
    /// <param name="inputs">What it is given.</param>
    /// <param name="target">Where its results go.</param>
    /// <param name="hasGuest">Whether there is the <see cref="Guest"/> too.</param>
    public Topology Build(World world, Inputs inputs, SimulatedTarget target, bool hasGuest = false)
    {
        var draft = new Draft(world, inputs);
        Steps(draft);
        if (hasGuest)
        {
            Guest.AddTo(draft);
        }

        return draft.Build(target);
    }

    public override string ToString() => Name;
}
