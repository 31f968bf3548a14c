namespace IoTStream.Runtime;

/// <summary>What a step has done so far, over all lanes. A snapshot.</summary>
/// <param name="Step">The name of the step.</param>
/// <param name="RecordsIn">Records that it was given; for a source what its readers gave, undecodable payloads included.</param>
/// <param name="RecordsOut">Records that it passed on to its main output.</param>
/// <param name="Late">Records that came after all of their windows had been given up.</param>
/// <param name="Dropped">Records that went nowhere by policy: late or failed without a side output for them, sent again, or to a branch without a consumer.</param>
/// <param name="Errors">Records on which the step failed.</param>
/// <param name="DeadLetters">Failed records that were put aside, whether or not the dead letters are consumed.</param>
/// <param name="Watermark">The least watermark of the step over the lanes; null while there is none.</param>
public readonly record struct StepMetrics(
    string Step, long RecordsIn, long RecordsOut, long Late, long Dropped, long Errors, long DeadLetters, DateTimeOffset? Watermark);
