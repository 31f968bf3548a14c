namespace IoTStream.Coap;

/// <summary>How <see cref="CoapSink"/> sends.</summary>
/// <remarks>Immutable; thread-safe as far as <see cref="OnUndeliverable"/> and <see cref="Identify"/> are.</remarks>
public sealed record CoapSinkOptions
{
    /// <summary>The method: PUT, which is the default, POST, FETCH, PATCH or iPATCH. PUT and iPATCH have the same outcome however often they are done, which fits at-least-once delivery.</summary>
    public CoapCode Method { get; init; } = CoapCode.Put;

    /// <summary>What the bodies are; by default nothing is said.</summary>
    public CoapContentFormat? ContentFormat { get; init; }

    /// <summary>
    /// Whether, in a job with an epoch log, requests are sent when their epoch is committed; default true. Then those of the last epoch, which may be sent again after a crash, are the same to the byte, with the
    /// same identifiers. Otherwise they are sent at once; what was sent since the last epoch when the job fails is then sent again, with what the job then makes of it, and with other identifiers.
    /// </summary>
    public bool AfterCommit { get; init; } = true;

    /// <summary>
    /// Puts the identifier of a record into its request, and returns what is to be sent instead. By default the first eight bytes of its SHA-256 are the request's entity tag, in
    /// <see cref="CoapRequest.ETags"/>, which receivers that do not know of it pass over. Identifiers are <c>LOG/SINK/EPOCH/NUMBER</c>: what tells the epoch log from others, the name of the sink step, the number of
    /// the epoch, and that of the record in it, from 0; they grow, but for what is sent again. Without an epoch log, and without <see cref="AfterCommit"/>, LOG is new each time that a job starts and EPOCH is 0, so that
    /// repetitions are recognised as long as the job runs. Called once for each record that is sent, not on a lane; must not block.
    /// </summary>
    public Func<CoapRequest, string, CoapRequest>? Identify { get; init; }

    /// <summary>How many records are on their way at the same time, at least 1; default 64. Records for the same resource go one after the other, in their order.</summary>
    public int MaximumInFlight { get; init; } = 64;

    /// <summary>For how long a record is sent again, while its device does not answer or has no time (5.03, 4.29), before it is given up; default five minutes. It is tried at least once.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Called with the resource and the reason when a record is given up, or refused with an error that time does not heal; then the sink goes on. By default, null, the job fails. Must not block.
    /// </summary>
    public Action<Uri, CoapException>? OnUndeliverable { get; init; }

    internal void Validate()
    {
        OptionCheck.That(Method is > CoapCode.Get and <= CoapCode.IPatch and not CoapCode.Delete, nameof(Method), "has to be PUT, POST, FETCH, PATCH or iPATCH");
        OptionCheck.That(OptionCheck.IsFormat(ContentFormat), nameof(ContentFormat), "has to be from 0 to 65,535");
        OptionCheck.That(MaximumInFlight >= 1, nameof(MaximumInFlight), "has to be at least 1");
        OptionCheck.That(GiveUpAfter >= TimeSpan.Zero, nameof(GiveUpAfter), "cannot be negative");
    }
}
