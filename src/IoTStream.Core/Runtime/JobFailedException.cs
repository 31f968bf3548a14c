namespace IoTStream.Runtime;

/// <summary>A job has failed. The inner exception is the cause.</summary>
public sealed class JobFailedException : Exception
{
    internal JobFailedException(string topology, string? step, Exception cause)
        : base(
            step is null
                ? $"The job '{topology}' failed: {cause.Message}"
                : $"The job '{topology}' failed in step '{step}': {cause.Message}",
            cause)
    {
        Topology = topology;
        Step = step;
    }

    /// <summary>The name of the topology.</summary>
    public string Topology { get; }

    /// <summary>The name of the step that failed; null if the failure belongs to no step.</summary>
    public string? Step { get; }
}
