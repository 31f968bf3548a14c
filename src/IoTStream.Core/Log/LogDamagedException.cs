namespace IoTStream.Log;

/// <summary>What a log holds is not what was written to it. It is refused rather than used as far as it goes.</summary>
public sealed class LogDamagedException : IOException
{
    internal LogDamagedException(string file, long offset, string found, string remedy)
        : base($"The log cannot be used: '{file}', offset {offset}: {found} {remedy}")
    {
        File = file;
        Offset = offset;
        Found = found;
        Remedy = remedy;
    }

    /// <summary>The file in which the damage was found, or the one that is missing.</summary>
    public string File { get; }

    /// <summary>Where in the file, in bytes.</summary>
    public long Offset { get; }

    /// <summary>What was found there, and why it cannot be.</summary>
    public string Found { get; }

    /// <summary>What can be done about it.</summary>
    public string Remedy { get; }
}
