namespace IoTStream.Runtime;

/// <summary>An epoch log does not fit the topology that is to go on from it: the message says what differs, and what can be done.</summary>
public sealed class StateMismatchException : Exception
{
    internal StateMismatchException(string message)
        : base(message)
    {
    }
}
