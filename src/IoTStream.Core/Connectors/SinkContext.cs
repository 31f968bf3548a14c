namespace IoTStream.Connectors;

/// <summary>What a job tells a sink that it opens.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class SinkContext
{
    internal SinkContext(string topology, string step, int writer, TimeProvider timeProvider, Guid? epochLog = null)
    {
        Topology = topology;
        Step = step;
        Writer = writer;
        TimeProvider = timeProvider;
        EpochLog = epochLog;
    }

    /// <summary>The name of the topology.</summary>
    public string Topology { get; }

    /// <summary>The name that the user gave to the sink step.</summary>
    public string Step { get; }

    /// <summary>The number of this writer among the sink's writers, from 0: there is one a lane where parallel writers are allowed, else one.</summary>
    public int Writer { get; }

    /// <summary>The job's clock. Use it for every time-out and rate.</summary>
    public TimeProvider TimeProvider { get; }

    /// <summary>
    /// What tells the job's epoch log from any other, also from one that is begun anew in its place: numbers of epochs mean something only together with
    /// it. Null if the job has none.
    /// </summary>
    public Guid? EpochLog { get; }
}
