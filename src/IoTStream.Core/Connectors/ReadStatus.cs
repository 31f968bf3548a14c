namespace IoTStream.Connectors;

/// <summary>What a reader says after it was asked for records.</summary>
public enum ReadStatus
{
    /// <summary>There may be more at once: ask again.</summary>
    More,

    /// <summary>There is nothing more now; the reader calls <see cref="SourceContext.NotifyAvailable"/> when there is.</summary>
    Drained,

    /// <summary>The source has ended; it is not asked again.</summary>
    Ended,
}
