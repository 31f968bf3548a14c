using IoTStream.Runtime;

namespace IoTStream.Testing;

/// <summary>A test job has failed, or cannot do what the test asks of it. The message ends with the options that repeat the run.</summary>
public sealed class TestJobException : Exception
{
    internal TestJobException(string message, TestJobOptions options, Exception? cause = null)
        : base($"{message}{Environment.NewLine}Repeat it with: {options}", cause)
    {
        Reason = message;
        Options = options;
    }

    /// <summary>The options that repeat the run.</summary>
    public TestJobOptions Options { get; }

    /// <summary>The message without the options.</summary>
    internal string Reason { get; }

    /// <summary>The failure of the job, as its <c>Completion</c> would have it on threads; null if the job has not failed.</summary>
    public JobFailedException? Failure => InnerException as JobFailedException;
}
