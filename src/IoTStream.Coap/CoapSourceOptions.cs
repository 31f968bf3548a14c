namespace IoTStream.Coap;

/// <summary>How a source takes what devices send.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record CoapSourceOptions
{
    /// <summary>The most records that wait for the pipeline, at least 1; default 4,096. What comes when they are there is answered with 5.03.</summary>
    public int Capacity { get; init; } = 4096;

    /// <summary>The most confirmable requests that wait for the outcome, at least 1; default 16,384. What comes when they are there is answered with 5.03; when half of them are, an epoch is cut at once.</summary>
    public int MaximumUnacknowledged { get; init; } = 16_384;

    /// <summary>
    /// In a job with an epoch log: how many confirmable requests the position of the source remembers, so that one that comes again after a crash is known; at least 1; default 65,536. Each takes eight bytes of
    /// every epoch, for the lifetime of an exchange, which is four minutes; when more come in that time, which is at 265 a second with the default, the oldest are forgotten, and
    /// <c>iotstream.coap.requests.forgotten</c> counts them. To remember all, 247 for each confirmable request a second.
    /// </summary>
    public int MaximumRemembered { get; init; } = 65_536;

    /// <summary>
    /// For how long a request with an ETag option, as <see cref="CoapSink"/> sends it, is recognised when it comes again: with the same tags, method, path, query, content format and body, whoever sends it, over
    /// datagrams or connections. It has its effect once, also if it is not confirmable. From zero, which is the default and means not at all, to 365 days; rounded up to seconds. As many tags are remembered as
    /// <see cref="MaximumRemembered"/> says, and in a job with an epoch log by the next process, too; they have to outlast the time for which a sender is down. Not for devices that give what they send again on purpose
    /// the same tag.
    /// </summary>
    public TimeSpan DeduplicateFor { get; init; }

    /// <summary>The content formats that are taken; another is answered with 4.15. By default all, which is not what is said but decoded.</summary>
    public IReadOnlyList<CoapContentFormat> ContentFormats { get; init; } = [];

    /// <summary>What is said of the resources in <c>/.well-known/core</c>; by default their paths.</summary>
    public CoapResourceOptions Description { get; init; } = new();

    internal void Validate()
    {
        OptionCheck.That(Capacity >= 1, nameof(Capacity), "has to be at least 1");
        OptionCheck.That(MaximumUnacknowledged >= 1, nameof(MaximumUnacknowledged), "has to be at least 1");
        OptionCheck.That(MaximumRemembered >= 1, nameof(MaximumRemembered), "has to be at least 1");
        OptionCheck.That(DeduplicateFor >= TimeSpan.Zero && DeduplicateFor <= TimeSpan.FromDays(365), nameof(DeduplicateFor), "has to be from zero to 365 days");
        OptionCheck.That(ContentFormats is not null, nameof(ContentFormats), "cannot be null");
        OptionCheck.That(Description is not null, nameof(Description), "cannot be null");
        Description!.Validate();
    }
}
