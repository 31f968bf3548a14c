namespace IoTStream.Connectors;

/// <summary>
/// Told to those who consume a job's output inside its process: the job has failed or was cancelled before the stream was complete. The
/// cause is in the job's <c>Completion</c>.
/// </summary>
public sealed class IncompleteStreamException : Exception
{
    /// <summary>Says so for a sink.</summary>
    /// <param name="context">What the job told the sink.</param>
    public IncompleteStreamException(SinkContext context)
        : base($"The job '{context.Topology}' failed or was cancelled before the sink '{context.Step}' had all records. "
            + "Await the job's Completion for the cause.")
    {
        Topology = context.Topology;
        Step = context.Step;
    }

    /// <summary>The name of the topology.</summary>
    public string Topology { get; }

    /// <summary>The name of the sink's step.</summary>
    public string Step { get; }
}
