using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace IoTStream.Repository.Tests.PublicApi;

/// <summary>The attributes that are part of a contract: those by which a caller's build may start or stop to complain.</summary>
internal static class ApiAttributes
{
    // The texts of these are advice that may change freely.
    private static readonly HashSet<string> Bare = new(StringComparer.Ordinal)
    {
        "Flags", "Obsolete", "RequiresUnreferencedCode", "RequiresDynamicCode", "RequiresAssemblyFiles", "RequiresPreviewFeatures",
    };

    private static readonly HashSet<string> WithArguments = new(StringComparer.Ordinal)
    {
        "Experimental", "EditorBrowsable", "AttributeUsage", "SupportedOSPlatform", "UnsupportedOSPlatform", "DynamicallyAccessedMembers",
        "AllowNull", "DisallowNull", "MaybeNull", "MaybeNullWhen", "NotNull", "NotNullWhen", "NotNullIfNotNull",
        "MemberNotNull", "MemberNotNullWhen", "DoesNotReturn", "DoesNotReturnIf", "CallerArgumentExpression", "CallerMemberName",
        "OverloadResolutionPriority", "AsyncMethodBuilder", "CollectionBuilder", "InterpolatedStringHandler", "UnscopedRef",
    };

    /// <summary>The attributes of a type or member and of its parts, each as it stands in code; a part's with the part's name before it.</summary>
    public static IEnumerable<string> Of(ISymbol symbol)
    {
        IEnumerable<string> own = Of(symbol.GetAttributes(), "");
        return symbol switch
        {
            INamedTypeSymbol type => own.Concat(type.TypeParameters.SelectMany(OfPart)),
            IPropertySymbol property => own.Concat(property.Parameters.SelectMany(OfPart)),
            IMethodSymbol method => own
                .Concat(Of(method.GetReturnTypeAttributes(), "return: "))
                .Concat(method.TypeParameters.SelectMany(OfPart))
                .Concat(method.Parameters.SelectMany(OfPart)),
            _ => own,
        };
    }

    private static IEnumerable<string> OfPart(ISymbol part) => Of(part.GetAttributes(), part.Name + ": ");

    private static IEnumerable<string> Of(IEnumerable<AttributeData> attributes, string target) =>
        attributes.Select(Text).OfType<string>().Order(StringComparer.Ordinal).Select(text => $"[{target}{text}]");

    private static string? Text(AttributeData attribute)
    {
        string name = attribute.AttributeClass!.Name;
        name = name.EndsWith("Attribute", StringComparison.Ordinal) ? name[..^"Attribute".Length] : name;
        if (Bare.Contains(name))
        {
            return name;
        }

        if (!WithArguments.Contains(name))
        {
            return null;
        }

        string[] arguments =
        [
            .. attribute.ConstructorArguments.Select(argument => argument.ToCSharpString()),
            .. attribute.NamedArguments.Select(argument => $"{argument.Key} = {argument.Value.ToCSharpString()}"),
        ];
        return arguments is [] ? name : $"{name}({string.Join(", ", arguments)})";
    }
}
