namespace IoTStream.Operators;

/// <summary>Names a side output of a process function. Two tags with the same name and type are the same.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public abstract class OutputTag
{
    private protected OutputTag(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
    }

    /// <summary>The name, unique in the function.</summary>
    public string Name { get; }

    internal bool IsSameAs(OutputTag other) =>
        ReferenceEquals(this, other) || (string.Equals(Name, other.Name, StringComparison.Ordinal) && GetType() == other.GetType());
}

/// <summary>Names a side output of a process function: keep it in a static field of the function.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <typeparam name="T">The type of what goes there.</typeparam>
public sealed class OutputTag<T> : OutputTag
{
    /// <summary>Names a side output.</summary>
    /// <param name="name">The name, unique in the function.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    public OutputTag(string name)
        : base(name)
    {
    }
}
