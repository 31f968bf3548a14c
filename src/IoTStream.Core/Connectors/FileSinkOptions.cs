namespace IoTStream.Connectors;

/// <summary>How a sink writes a file.</summary>
public sealed record FileSinkOptions
{
    /// <summary>
    /// What to do if the file exists. Default: <see cref="ExistingFile.Append"/>, which loses nothing when a job is started again. A last
    /// line that was torn off by a crash is ended first, so that it does not spoil the next. In a directory of epochs it is about the files of another epoch
    /// log or sink, when the sink has none of its own there yet: they are kept, deleted, or refused.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public ExistingFile Existing
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value), $"FileSinkOptions.Existing is {value}; it must be Append, Replace or Refuse.");
    }

    /// <summary>How many bytes are collected before they are written; a single record may be larger. Default: 64 KiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public int BufferSize
    {
        get;
        init => field = OptionCheck.AtLeastOne(value, "FileSinkOptions.BufferSize");
    }
    = 64 * 1024;
}
